"""IFRS: chart by the captions of IAS 1."""

from typing import Final

from accounting.charts.rows import JOURNALS, Template, read

CHART: Final = """
1 | Assets | สินทรัพย์
  11 | Non-current Assets | สินทรัพย์ไม่หมุนเวียน
    1110 | Property Plant and Equipment | ที่ดิน อาคารและอุปกรณ์
      1111 | Land and Buildings | ที่ดินและอาคาร
      1112 | Accumulated Depreciation of Buildings | ค่าเสื่อมราคาสะสม - อาคาร
      1113 | Equipment | อุปกรณ์
      1114 | Accumulated Depreciation of Equipment | ค่าเสื่อมราคาสะสม - อุปกรณ์
    1120 | Right-of-use Assets | สินทรัพย์สิทธิการใช้
      1121 | Accumulated Depreciation of Right-of-use Assets | ค่าเสื่อมราคาสะสม - สินทรัพย์สิทธิการใช้
    1130 | Investment Property | อสังหาริมทรัพย์เพื่อการลงทุน
    1140 | Goodwill | ค่าความนิยม
    1150 | Intangible Assets | สินทรัพย์ไม่มีตัวตน
      1151 | Accumulated Amortisation | ค่าตัดจำหน่ายสะสม
    1160 | Investments in Associates and Joint Ventures | เงินลงทุนในบริษัทร่วมและการร่วมค้า
    1170 | Financial Assets | สินทรัพย์ทางการเงิน
      1171 | At Amortised Cost | วัดมูลค่าด้วยราคาทุนตัดจำหน่าย
      1172 | At FVOCI | วัดมูลค่ายุติธรรมผ่านกำไรขาดทุนเบ็ดเสร็จอื่น
    1180 | Deferred Tax Assets | สินทรัพย์ภาษีเงินได้รอการตัดบัญชี
    1190 | Other Non-current Assets | สินทรัพย์ไม่หมุนเวียนอื่น
  12 | Current Assets | สินทรัพย์หมุนเวียน
    1210 | Inventories | สินค้าคงเหลือ
    1220 | Trade Receivables | ลูกหนี้การค้า
      1221 | Loss Allowance | ค่าเผื่อผลขาดทุนด้านเครดิตที่คาดว่าจะเกิดขึ้น
    1230 | Contract Assets | สินทรัพย์ที่เกิดจากสัญญา
    1240 | Other Receivables | ลูกหนี้อื่น
      1241 | Prepayments | ค่าใช้จ่ายจ่ายล่วงหน้า
      1242 | Input VAT | ภาษีซื้อ
    1250 | Financial Assets at FVTPL | สินทรัพย์ทางการเงินที่วัดมูลค่าผ่านกำไรหรือขาดทุน
    1260 | Current Tax Assets | สินทรัพย์ภาษีเงินได้ของงวดปัจจุบัน
    1270* | Cash and Cash Equivalents | เงินสดและรายการเทียบเท่าเงินสด
      1271* | Cash on Hand | เงินสดในมือ
      1272* | Bank Accounts | เงินฝากธนาคาร
    1280 | Assets Held for Sale | สินทรัพย์ที่ถือไว้เพื่อขาย
2 | Liabilities | หนี้สิน
  21 | Current Liabilities | หนี้สินหมุนเวียน
    2110 | Trade Payables | เจ้าหนี้การค้า
    2120 | Other Payables | เจ้าหนี้อื่น
      2121 | Accruals | ค่าใช้จ่ายค้างจ่าย
      2122 | Output VAT | ภาษีขาย
      2123 | Withholding Tax | ภาษีหัก ณ ที่จ่ายค้างจ่าย
    2130 | Contract Liabilities | หนี้สินที่เกิดจากสัญญา
    2140 | Current Borrowings | เงินกู้ยืมระยะสั้น
    2150 | Current Lease Liabilities | หนี้สินตามสัญญาเช่าที่ถึงกำหนดภายในหนึ่งปี
    2160 | Current Tax Liabilities | ภาษีเงินได้ค้างจ่าย
    2170 | Current Provisions | ประมาณการหนี้สินหมุนเวียน
  22 | Non-current Liabilities | หนี้สินไม่หมุนเวียน
    2210 | Borrowings | เงินกู้ยืมระยะยาว
    2220 | Lease Liabilities | หนี้สินตามสัญญาเช่า
    2230 | Deferred Tax Liabilities | หนี้สินภาษีเงินได้รอการตัดบัญชี
    2240 | Employee Benefits | ภาระผูกพันผลประโยชน์พนักงาน
    2250 | Provisions | ประมาณการหนี้สิน
3 | Equity | ส่วนของเจ้าของ
  3110 | Share Capital | ทุนเรือนหุ้น
  3120 | Share Premium | ส่วนเกินมูลค่าหุ้น
  3130 | Treasury Shares | หุ้นทุนซื้อคืน
  3210 | Retained Earnings | กำไรสะสม
  3310 | Revaluation Surplus | ส่วนเกินทุนจากการตีราคา
  3320 | Translation Reserve | ผลต่างจากการแปลงค่างบการเงิน
  3330 | Cash Flow Hedge Reserve | สำรองการป้องกันความเสี่ยงกระแสเงินสด
  3340 | Fair Value Reserve | สำรองมูลค่ายุติธรรม
  3400 | Non-controlling Interests | ส่วนได้เสียที่ไม่มีอำนาจควบคุม
  3900 | Currency Trading | บัญชีแลกเปลี่ยนเงินตรา
4 | Income | รายได้
  4110 | Revenue from Contracts with Customers | รายได้จากสัญญาที่ทำกับลูกค้า
  4210 | Interest at the Effective Rate | ดอกเบี้ยรับตามวิธีอัตราดอกเบี้ยที่แท้จริง
  4220 | Dividends | เงินปันผลรับ
  4230 | Exchange Differences | กำไรจากอัตราแลกเปลี่ยน
  4240 | Fair Value Gains | กำไรจากการวัดมูลค่ายุติธรรม
  4250 | Share of Profit of Associates | ส่วนแบ่งกำไรของบริษัทร่วม
  4290 | Other Income | รายได้อื่น
5 | Expenses | ค่าใช้จ่าย
  5110 | Cost of Sales | ต้นทุนขาย
  5210 | Distribution Costs | ต้นทุนในการจัดจำหน่าย
  5310 | Employee Benefits | ค่าใช้จ่ายผลประโยชน์พนักงาน
  5320 | Depreciation and Amortisation | ค่าเสื่อมราคาและค่าตัดจำหน่าย
  5330 | Impairment Losses | ผลขาดทุนจากการด้อยค่า
  5340 | Expected Credit Losses | ผลขาดทุนด้านเครดิตที่คาดว่าจะเกิดขึ้น
  5350 | Exchange Differences | ขาดทุนจากอัตราแลกเปลี่ยน
  5360 | Fair Value Losses | ขาดทุนจากการวัดมูลค่ายุติธรรม
  5390 | Other Expenses | ค่าใช้จ่ายอื่น
  5410 | Finance Costs | ต้นทุนทางการเงิน
  5510 | Current Income Tax | ภาษีเงินได้ของงวดปัจจุบัน
  5520 | Deferred Income Tax | ภาษีเงินได้รอการตัดบัญชี
"""

TEMPLATE: Final = Template(
    code="ifrs",
    name_en="IFRS",
    name_th="มาตรฐานการรายงานทางการเงินระหว่างประเทศ",
    source="IAS 1, paragraphs 54 and 82: what the statements show on their face",
    accounts=read(CHART),
    journals=JOURNALS,
)
