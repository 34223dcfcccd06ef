"""ISO 4217: the world's currency codes with their minor units, as data.

Source: ISO 4217:2015 and its amendments up to 180 (Bulgaria in the euro, January 2026), as its
maintenance agency publishes them in list one (current) and list three (historic). Minor units of
withdrawn codes are not in list three; they stand here where the standard gave them before
withdrawal, and are unknown ("-") otherwise. Names are those of Unicode CLDR.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class IsoCurrency:
    """One line of the standard.

    Attributes:
        code: three capital letters.
        numeric: three digits as text, None for the few codes that have none.
        exponent: decimal places of the minor unit, None where the standard names none (gold, SDR).
        name_en: name in English.
        name_th: name in Thai (for withdrawn codes the English name).
        withdrawn: month "YYYY-MM" (or year) of withdrawal, None for a code in use.
    """

    code: str
    numeric: str | None
    exponent: int | None
    name_en: str
    name_th: str
    withdrawn: str | None = None


# code, numeric, minor unit, English name | Thai name
_CURRENT: Final = """
AED 784 2 United Arab Emirates Dirham | เดอร์แฮมสหรัฐอาหรับเอมิเรตส์
AFN 971 2 Afghan Afghani | อัฟกานิอัฟกานิสถาน
ALL 008 2 Albanian Lek | เลกแอลเบเนีย
AMD 051 2 Armenian Dram | แดรมอาร์เมเนีย
AOA 973 2 Angolan Kwanza | กวานซาแองโกลา
ARS 032 2 Argentine Peso | เปโซอาร์เจนตินา
AUD 036 2 Australian Dollar | ดอลลาร์ออสเตรเลีย
AWG 533 2 Aruban Florin | ฟลอรินอารูบา
AZN 944 2 Azerbaijani Manat | มานัตอาเซอร์ไบจาน
BAM 977 2 Bosnia-Herzegovina Convertible Mark | มาร์กบอสเนีย-เฮอร์เซโกวีนา
BBD 052 2 Barbadian Dollar | ดอลลาร์บาร์เบโดส
BDT 050 2 Bangladeshi Taka | ตากาบังกลาเทศ
BHD 048 3 Bahraini Dinar | ดีนาร์บาห์เรน
BIF 108 0 Burundian Franc | ฟรังก์บุรุนดี
BMD 060 2 Bermudan Dollar | ดอลลาร์เบอร์มิวดา
BND 096 2 Brunei Dollar | ดอลลาร์บรูไน
BOB 068 2 Bolivian Boliviano | โบลิเวียโนโบลิเวีย
BOV 984 2 Bolivian Mvdol | มฟดอลโบลิเวีย
BRL 986 2 Brazilian Real | เรียลบราซิล
BSD 044 2 Bahamian Dollar | ดอลลาร์บาฮามาส
BTN 064 2 Bhutanese Ngultrum | เอ็งกุลตรัมภูฏาน
BWP 072 2 Botswanan Pula | ปูลาบอตสวานา
BYN 933 2 Belarusian Ruble | รูเบิลเบลารุส
BZD 084 2 Belize Dollar | ดอลลาร์เบลีซ
CAD 124 2 Canadian Dollar | ดอลลาร์แคนาดา
CDF 976 2 Congolese Franc | ฟรังก์คองโก
CHE 947 2 WIR Euro | ยูโรดับเบิลยูไออาร์
CHF 756 2 Swiss Franc | ฟรังก์สวิส
CHW 948 2 WIR Franc | ฟรังก์ดับเบิลยูไออาร์
CLF 990 4 Chilean Unit of Account (UF) | ฟูเมนโตชิลี
CLP 152 0 Chilean Peso | เปโซชิลี
CNY 156 2 Chinese Yuan | หยวนจีน
COP 170 2 Colombian Peso | เปโซโคลอมเบีย
COU 970 2 Colombian Real Value Unit | วาเลอร์เรียลโคลอมเบีย
CRC 188 2 Costa Rican Colón | โกลองคอสตาริกา
CUP 192 2 Cuban Peso | เปโซคิวบา
CVE 132 2 Cape Verdean Escudo | เอสคูโดเคปเวิร์ด
CZK 203 2 Czech Koruna | โครูนาสาธารณรัฐเช็ก
DJF 262 0 Djiboutian Franc | ฟรังก์จิบูตี
DKK 208 2 Danish Krone | โครนเดนมาร์ก
DOP 214 2 Dominican Peso | เปโซโดมินิกัน
DZD 012 2 Algerian Dinar | ดีนาร์แอลจีเรีย
EGP 818 2 Egyptian Pound | ปอนด์อียิปต์
ERN 232 2 Eritrean Nakfa | แนกฟาเอริเทรีย
ETB 230 2 Ethiopian Birr | เบอรร์เอธิโอเปีย
EUR 978 2 Euro | ยูโร
FJD 242 2 Fijian Dollar | ดอลลาร์ฟิจิ
FKP 238 2 Falkland Islands Pound | ปอนด์หมู่เกาะฟอล์กแลนด์
GBP 826 2 British Pound | ปอนด์สเตอร์ลิง (สหราชอาณาจักร)
GEL 981 2 Georgian Lari | ลารีจอร์เจีย
GHS 936 2 Ghanaian Cedi | เซดีกานา
GIP 292 2 Gibraltar Pound | ปอนด์ยิบรอลตาร์
GMD 270 2 Gambian Dalasi | ดาลาซีแกมเบีย
GNF 324 0 Guinean Franc | ฟรังก์กินี
GTQ 320 2 Guatemalan Quetzal | เควตซัลกัวเตมาลา
GYD 328 2 Guyanaese Dollar | ดอลลาร์กายอานา
HKD 344 2 Hong Kong Dollar | ดอลลาร์ฮ่องกง
HNL 340 2 Honduran Lempira | เลมปิราฮอนดูรัส
HTG 332 2 Haitian Gourde | กูร์ดเฮติ
HUF 348 2 Hungarian Forint | ฟอรินต์ฮังการี
IDR 360 2 Indonesian Rupiah | รูเปียห์อินโดนีเซีย
ILS 376 2 Israeli New Shekel | นิวเชเกลอิสราเอล
INR 356 2 Indian Rupee | รูปีอินเดีย
IQD 368 3 Iraqi Dinar | ดีนาร์อิรัก
IRR 364 2 Iranian Rial | เรียลอิหร่าน
ISK 352 0 Icelandic Króna | โครนาไอซ์แลนด์
JMD 388 2 Jamaican Dollar | ดอลลาร์จาเมกา
JOD 400 3 Jordanian Dinar | ดีนาร์จอร์แดน
JPY 392 0 Japanese Yen | เยนญี่ปุ่น
KES 404 2 Kenyan Shilling | ชิลลิงเคนยา
KGS 417 2 Kyrgystani Som | ซอมคีร์กีซสถาน
KHR 116 2 Cambodian Riel | เรียลกัมพูชา
KMF 174 0 Comorian Franc | ฟรังก์คอโมโรส
KPW 408 2 North Korean Won | วอนเกาหลีเหนือ
KRW 410 0 South Korean Won | วอนเกาหลีใต้
KWD 414 3 Kuwaiti Dinar | ดีนาร์คูเวต
KYD 136 2 Cayman Islands Dollar | ดอลลาร์หมู่เกาะเคย์แมน
KZT 398 2 Kazakhstani Tenge | เทงเจคาซัคสถาน
LAK 418 2 Laotian Kip | กีบลาว
LBP 422 2 Lebanese Pound | ปอนด์เลบานอน
LKR 144 2 Sri Lankan Rupee | รูปีศรีลังกา
LRD 430 2 Liberian Dollar | ดอลลาร์ไลบีเรีย
LSL 426 2 Lesotho Loti | โลตีเลโซโท
LYD 434 3 Libyan Dinar | ดีนาร์ลิเบีย
MAD 504 2 Moroccan Dirham | ดีแรห์มโมร็อกโก
MDL 498 2 Moldovan Leu | ลิวมอลโดวา
MGA 969 2 Malagasy Ariary | อาเรียรีมาลากาซี
MKD 807 2 Macedonian Denar | ดีนาร์มาซิโดเนีย
MMK 104 2 Myanmar Kyat | จ๊าตพม่า
MNT 496 2 Mongolian Tugrik | ทูกริกมองโกเลีย
MOP 446 2 Macanese Pataca | ปาตากามาเก๊า
MRU 929 2 Mauritanian Ouguiya | อูกียามอริเตเนีย
MUR 480 2 Mauritian Rupee | รูปีมอริเชียส
MVR 462 2 Maldivian Rufiyaa | รูฟิยามัลดีฟส์
MWK 454 2 Malawian Kwacha | ควาชามาลาวี
MXN 484 2 Mexican Peso | เปโซเม็กซิโก
MXV 979 2 Mexican Investment Unit | ยูนิแดด ดี อินเวอร์ชั่น เม็กซิโก
MYR 458 2 Malaysian Ringgit | ริงกิตมาเลเซีย
MZN 943 2 Mozambican Metical | เมติคัลโมซัมบิก
NAD 516 2 Namibian Dollar | ดอลลาร์นามิเบีย
NGN 566 2 Nigerian Naira | ไนราไนจีเรีย
NIO 558 2 Nicaraguan Córdoba | กอร์โดบานิการากัว
NOK 578 2 Norwegian Krone | โครนนอร์เวย์
NPR 524 2 Nepalese Rupee | รูปีเนปาล
NZD 554 2 New Zealand Dollar | ดอลลาร์นิวซีแลนด์
OMR 512 3 Omani Rial | เรียลโอมาน
PAB 590 2 Panamanian Balboa | บัลบัวปานามา
PEN 604 2 Peruvian Sol | ซอลเปรู
PGK 598 2 Papua New Guinean Kina | กีนาปาปัวนิวกินี
PHP 608 2 Philippine Peso | เปโซฟิลิปปินส์
PKR 586 2 Pakistani Rupee | รูปีปากีสถาน
PLN 985 2 Polish Zloty | ซลอตีโปแลนด์
PYG 600 0 Paraguayan Guarani | กวารานีปารากวัย
QAR 634 2 Qatari Riyal | เรียลกาตาร์
RON 946 2 Romanian Leu | ลิวโรมาเนีย
RSD 941 2 Serbian Dinar | ดีนาร์เซอร์เบีย
RUB 643 2 Russian Ruble | รูเบิลรัสเซีย
RWF 646 0 Rwandan Franc | ฟรังก์รวันดา
SAR 682 2 Saudi Riyal | ริยัลซาอุดีอาระเบีย
SBD 090 2 Solomon Islands Dollar | ดอลลาร์หมู่เกาะโซโลมอน
SCR 690 2 Seychellois Rupee | รูปีเซเชลส์
SDG 938 2 Sudanese Pound | ปอนด์ซูดาน
SEK 752 2 Swedish Krona | โครนาสวีเดน
SGD 702 2 Singapore Dollar | ดอลลาร์สิงคโปร์
SHP 654 2 St. Helena Pound | ปอนด์เซนต์เฮเลนา
SLE 925 2 Sierra Leonean Leone | ลีโอนเซียร์ราลีโอน
SOS 706 2 Somali Shilling | ชิลลิงโซมาเลีย
SRD 968 2 Surinamese Dollar | ดอลลาร์ซูรินาเม
SSP 728 2 South Sudanese Pound | ปอนด์ซูดานใต้
STN 930 2 São Tomé & Príncipe Dobra | ดอบราเซาตูเมและปรินซิปี
SVC 222 2 Salvadoran Colón | โคลอนเอลซัลวาดอร์
SYP 760 2 Syrian Pound | ปอนด์ซีเรีย
SZL 748 2 Swazi Lilangeni | ลิลันเจนีสวาซิ
THB 764 2 Thai Baht | บาท
TJS 972 2 Tajikistani Somoni | โซโมนิทาจิกิสถาน
TMT 934 2 Turkmenistani Manat | มานัตเติร์กเมนิสถาน
TND 788 3 Tunisian Dinar | ดีนาร์ตูนิเซีย
TOP 776 2 Tongan Pa'anga | พาแองกาตองกา
TRY 949 2 Turkish Lira | ลีราตุรกี
TTD 780 2 Trinidad & Tobago Dollar | ดอลลาร์ตรินิแดดและโตเบโก
TWD 901 2 New Taiwan Dollar | ดอลลาร์ไต้หวันใหม่
TZS 834 2 Tanzanian Shilling | ชิลลิงแทนซาเนีย
UAH 980 2 Ukrainian Hryvnia | ฮรีฟเนียยูเครน
UGX 800 0 Ugandan Shilling | ชิลลิงยูกันดา
USD 840 2 US Dollar | ดอลลาร์สหรัฐ
USN 997 2 US Dollar (Next day) | ดอลลาร์สหรัฐ (วันถัดไป)
UYI 940 0 Uruguayan Peso (Indexed Units) | เปโซเอนยูนิแดดเซสอินเด็กซาแดสอุรุกวัย
UYU 858 2 Uruguayan Peso | เปโซอุรุกวัย
UYW 927 4 Uruguayan Nominal Wage Index Unit | หน่วยดัชนีค่าจ้างอุรุกวัย
UZS 860 2 Uzbekistani Som | ซอมอุซเบกิสถาน
VED 926 2 Bolívar Soberano | โบลิวาร์โซเบราโน
VES 928 2 Venezuelan Bolívar | โบลีวาร์เวเนซุเอลา
VND 704 0 Vietnamese Dong | ดองเวียดนาม
VUV 548 0 Vanuatu Vatu | วาตูวานูอาตู
WST 882 2 Samoan Tala | ทาลาซามัว
XAD 396 2 Arab Accounting Dinar | ดีนาร์บัญชีอาหรับ
XAF 950 0 Central African CFA Franc | ฟรังก์เซฟาธนาคารรัฐแอฟริกากลาง
XAG 961 - Silver | เงิน
XAU 959 - Gold | ทอง
XBA 955 - European Composite Unit | หน่วยคอมโพสิตยุโรป
XBB 956 - European Monetary Unit | หน่วยโมเนทารียุโรป
XBC 957 - European Unit of Account (XBC) | หน่วยบัญชียุโรป [XBC]
XBD 958 - European Unit of Account (XBD) | หน่วยบัญชียุโรป [XBD]
XCD 951 2 East Caribbean Dollar | ดอลลาร์แคริบเบียนตะวันออก
XCG 532 2 Caribbean Guilder | กิลเดอร์แคริบเบียน
XDR 960 - Special Drawing Rights | สิทธิถอนเงินพิเศษ
XOF 952 0 West African CFA Franc | ฟรังก์เซฟาธนาคารกลางรัฐแอฟริกาตะวันตก
XPD 964 - Palladium | พัลเลเดียม
XPF 953 0 CFP Franc | ฟรังก์ซีเอฟพี
XPT 962 - Platinum | แพลตินัม
XSU 994 - Sucre | ซูเกร
XTS 963 - Testing code | รหัสสำหรับทดสอบ
XUA 965 - ADB Unit of Account | หน่วยบัญชี เอดีบี
XXX 999 - No currency | ไม่มีสกุลเงิน
YER 886 2 Yemeni Rial | เรียลเยเมน
ZAR 710 2 South African Rand | แรนด์แอฟริกาใต้
ZMW 967 2 Zambian Kwacha | ควาชาแซมเบีย
ZWG 924 2 Zimbabwe Gold | ซิมบับเวโกลด์
"""

# code, numeric, minor unit before withdrawal, month of withdrawal, English name
_WITHDRAWN: Final = """
ADP 020 0 2003-07 Andorran Peseta
AFA 004 2 2003-01 Afghan Afghani (1927-2002)
ALK 008 - 1989-12 Albanian Lek (1946-1965)
ANG 532 2 2025-03 Netherlands Antillean Guilder
AOK 024 - 1991-03 Angolan Kwanza (1977-1991)
AON 024 - 2000-02 Angolan New Kwanza (1990-2000)
AOR 982 - 2000-02 Angolan Readjusted Kwanza (1995-1999)
ARA 032 - 1992-01 Argentine Austral
ARP 032 - 1985-07 Argentine Peso (1983-1985)
ARY 032 - 1990 Peso
ATS 040 2 2002-03 Austrian Schilling
AYM 945 2 2005-10 Azerbaijan Manat
AZM 031 2 2005-12 Azerbaijani Manat (1993-2006)
BAD 070 - 1998-07 Bosnia-Herzegovina Dinar (1992-1994)
BEC 993 - 1990-03 Belgian Franc (convertible)
BEF 056 0 2002-03 Belgian Franc
BEL 992 - 1990-03 Belgian Franc (financial)
BGJ 100 - 1990 Lev A/52
BGK 100 - 1990 Lev A/62
BGL 100 2 2003-11 Bulgarian Hard Lev
BGN 975 2 2026-01 Bulgarian Lev
BOP 068 - 1987-02 Bolivian Peso
BRB 076 - 1986-03 Brazilian New Cruzeiro (1967-1986)
BRC 076 - 1989-02 Brazilian Cruzado (1986-1989)
BRE 076 - 1993-03 Brazilian Cruzeiro (1990-1993)
BRN 076 - 1990-03 Brazilian New Cruzado (1989-1990)
BRR 987 - 1994-07 Brazilian Cruzeiro (1993-1994)
BUK 104 - 1990-02 Burmese Kyat
BYB 112 0 2001-01 Belarusian Ruble (1994-1999)
BYR 974 0 2017-01 Belarusian Ruble (2000-2016)
CHC 948 - 2004-11 WIR Franc (for electronic)
CSD 891 2 2006-10 Serbian Dinar (2002-2006)
CSJ 203 - 1990 Krona A/53
CSK 200 2 1993-03 Czechoslovak Hard Koruna
CUC 931 2 2021-06 Cuban Convertible Peso
CYP 196 2 2008-01 Cypriot Pound
DDM 278 - 1990-09 East German Mark
DEM 276 2 2002-03 German Mark
ECS 218 - 2000-09 Ecuadorian Sucre
ECV 983 - 2000-09 Ecuadorian Unit of Constant Value
EEK 233 2 2011-01 Estonian Kroon
ESA 996 - 1981 Spanish Peseta (A account)
ESB 995 - 1994-12 Spanish Peseta (convertible account)
ESP 724 0 2002-03 Spanish Peseta
FIM 246 2 2002-03 Finnish Markka
FRF 250 2 2002-03 French Franc
GEK 268 - 1995-10 Georgian Kupon Larit
GHC 288 2 2008-01 Ghanaian Cedi (1979-2007)
GHP 939 - 2007-06 Ghana Cedi
GNE 324 - 1989-12 Syli
GNS 324 - 1986-02 Guinean Syli
GQE 226 - 1986-06 Equatorial Guinean Ekwele
GRD 300 0 2002-03 Greek Drachma
GWE 624 - 1981 Portuguese Guinea Escudo
GWP 624 - 1997-05 Guinea-Bissau Peso
HRD 191 - 1995-01 Croatian Dinar
HRK 191 2 2023-01 Croatian Kuna
IEP 372 2 2002-03 Irish Pound
ILP 376 - 1981 Israeli Pound
ILR 376 - 1990 Israeli Shekel (1980-1985)
ISJ 352 - 1990 Icelandic Króna (1918-1981)
ITL 380 0 2002-03 Italian Lira
LAJ 418 - 1979-12 Pathet Lao Kip
LSM 426 - 1985-05 Loti
LTL 440 2 2014-12 Lithuanian Litas
LTT 440 - 1993-07 Lithuanian Talonas
LUC 989 - 1990-03 Luxembourgian Convertible Franc
LUF 442 0 2002-03 Luxembourgian Franc
LUL 988 - 1990-03 Luxembourg Financial Franc
LVL 428 2 2014-01 Latvian Lats
LVR 428 - 1994-12 Latvian Ruble
MGF 450 0 2004-12 Malagasy Franc
MLF 466 - 1984-11 Malian Franc
MRO 478 2 2017-12 Mauritanian Ouguiya (1973-2017)
MTL 470 2 2008-01 Maltese Lira
MTP 470 - 1983-06 Maltese Pound
MVQ 462 - 1989-12 Maldive Rupee
MXP 484 - 1993-01 Mexican Silver Peso (1861-1992)
MZE 508 - 1981 Mozambican Escudo
MZM 508 2 2006-06 Mozambican Metical (1980-2006)
NIC 558 - 1990-10 Nicaraguan Córdoba (1988-1991)
NLG 528 2 2002-03 Dutch Guilder
PEH 604 - 1990 Sol
PEI 604 - 1991-07 Peruvian Inti
PES 604 - 1986-02 Peruvian Sol (1863-1965)
PLZ 616 - 1997-01 Polish Zloty (1950-1995)
PTE 620 0 2002-03 Portuguese Escudo
RHD 716 - 1981 Rhodesian Dollar
ROK 642 - 1990 Leu A/52
ROL 642 2 2005-06 Romanian Leu (1952-2006)
RUR 810 2 2004-01 Russian Ruble (1991-1998)
SDD 736 2 2007-07 Sudanese Dinar (1992-2007)
SDP 736 - 1998-06 Sudanese Pound (1957-1998)
SIT 705 2 2007-01 Slovenian Tolar
SKK 703 2 2009-01 Slovak Koruna
SLL 694 2 2023-12 Sierra Leonean Leone (1964—2022)
SRG 740 2 2003-12 Surinamese Guilder
STD 678 2 2017-12 São Tomé & Príncipe Dobra (1977-2017)
SUR 810 - 1990-12 Soviet Rouble
TJR 762 - 2001-04 Tajikistani Ruble
TMM 795 2 2009-01 Turkmenistani Manat (1993-2009)
TPE 626 0 2002-11 Timorese Escudo
TRL 792 0 2005-12 Turkish Lira (1922-2005)
UAK 804 - 1996-09 Ukrainian Karbovanets
UGS 800 - 1987-05 Ugandan Shilling (1966-1987)
UGW 800 - 1990 Old Shilling
USS 998 2 2014-03 US Dollar (Same day)
UYN 858 - 1989-12 Old Uruguay Peso
UYP 858 - 1993-03 Uruguayan Peso (1975-1993)
VEB 862 2 2008-01 Venezuelan Bolívar (1871-2008)
VEF 937 2 2018-08 Venezuelan Bolívar (2008-2018)
VNC 704 - 1990 Old Dong
XEU 954 - 1999-01 European Currency Unit
XFO - - 2006-10 French Gold Franc
XFU - - 2013-11 French UIC-Franc
XRE - - 1999-11 RINET Funds
YDD 720 - 1991-09 Yemeni Dinar
YUD 890 - 1990-01 Yugoslavian Hard Dinar (1966-1990)
YUM 891 2 2003-07 Yugoslavian New Dinar (1994-2002)
YUN 890 - 1995-11 Yugoslavian Convertible Dinar (1990-1992)
ZAL 991 - 1995-03 South African Rand (financial)
ZMK 894 2 2012-12 Zambian Kwacha (1968-2012)
ZRN 180 - 1999-06 Zairean New Zaire (1993-1998)
ZRZ 180 - 1994-02 Zairean Zaire (1971-1993)
ZWC 716 - 1989-12 Rhodesian Dollar
ZWD 716 2 2008-08 Zimbabwean Dollar (1980-2008)
ZWL 932 2 2024-09 Zimbabwean Dollar (2009-2024)
ZWN 942 2 2006-09 Zimbabwe Dollar (new)
ZWR 935 2 2009-06 Zimbabwean Dollar (2008)
"""


def _known(mark: str) -> str | None:
    return None if mark == "-" else mark


def _exponent(mark: str) -> int | None:
    return None if mark == "-" else int(mark)


def _current(line: str) -> IsoCurrency:
    code, numeric, exponent, names = line.split(" ", 3)
    name_en, name_th = names.split(" | ")
    return IsoCurrency(code, _known(numeric), _exponent(exponent), name_en, name_th)


def _withdrawn(line: str) -> IsoCurrency:
    code, numeric, exponent, month, name = line.split(" ", 4)
    return IsoCurrency(code, _known(numeric), _exponent(exponent), name, name, month)


CURRENT: Final[dict[str, IsoCurrency]] = {
    row.code: row for row in map(_current, _CURRENT.strip().splitlines())
}
"""Codes in use, by code."""

WITHDRAWN: Final[dict[str, IsoCurrency]] = {
    row.code: row for row in map(_withdrawn, _WITHDRAWN.strip().splitlines())
}
"""Withdrawn codes, by code; a code that came back into use stands in CURRENT only."""
