"""Thai TFRS for NPAEs: chart of a firm without public accountability."""

from typing import Final

from accounting.charts.rows import JOURNALS, Template, read

CHART: Final = """
1 | Assets | สินทรัพย์
  11 | Current Assets | สินทรัพย์หมุนเวียน
    1110* | Cash and Cash Equivalents | เงินสดและรายการเทียบเท่าเงินสด
      1111* | Cash on Hand | เงินสดในมือ
      1112* | Petty Cash | เงินสดย่อย
      1113* | Current Accounts | เงินฝากกระแสรายวัน
      1114* | Savings Accounts | เงินฝากออมทรัพย์
      1115* | Cheques on Hand | เช็คในมือ
    1120 | Short-term Investments | เงินลงทุนชั่วคราว
      1121 | Fixed Deposits up to One Year | เงินฝากประจำไม่เกินหนึ่งปี
      1122 | Trading Securities | หลักทรัพย์เพื่อค้า
    1130 | Trade and Other Receivables | ลูกหนี้การค้าและลูกหนี้อื่น
      1131 | Trade Receivables | ลูกหนี้การค้า
      1132 | Allowance for Doubtful Accounts | ค่าเผื่อหนี้สงสัยจะสูญ
      1133 | Notes Receivable | ตั๋วเงินรับ
      1134 | Accrued Income | รายได้ค้างรับ
      1135 | Prepaid Expenses | ค่าใช้จ่ายจ่ายล่วงหน้า
      1136 | Advances to Employees | เงินทดรองจ่ายพนักงาน
      1137 | Other Receivables | ลูกหนี้อื่น
    1140 | Short-term Loans | เงินให้กู้ยืมระยะสั้น
    1150 | Inventories | สินค้าคงเหลือ
      1151 | Finished Goods | สินค้าสำเร็จรูป
      1152 | Work in Process | งานระหว่างทำ
      1153 | Raw Materials | วัตถุดิบ
      1154 | Supplies | วัสดุสิ้นเปลือง
    1160 | Input VAT | ภาษีซื้อ
    1161 | Undue Input VAT | ภาษีซื้อยังไม่ถึงกำหนด
    1162 | VAT Receivable | ลูกหนี้กรมสรรพากร
    1163 | Withholding Tax Receivable | ภาษีเงินได้ถูกหัก ณ ที่จ่าย
    1164 | Prepaid Corporate Income Tax | ภาษีเงินได้นิติบุคคลจ่ายล่วงหน้า
    1190 | Other Current Assets | สินทรัพย์หมุนเวียนอื่น
  12 | Non-current Assets | สินทรัพย์ไม่หมุนเวียน
    1210 | Investments in Subsidiaries and Associates | เงินลงทุนในบริษัทย่อยและบริษัทร่วม
    1220 | Other Long-term Investments | เงินลงทุนระยะยาวอื่น
    1230 | Long-term Loans | เงินให้กู้ยืมระยะยาว
    1240 | Investment Property | อสังหาริมทรัพย์เพื่อการลงทุน
    1250 | Property Plant and Equipment | ที่ดิน อาคารและอุปกรณ์
      1251 | Land | ที่ดิน
      1252 | Buildings | อาคาร
      1253 | Accumulated Depreciation of Buildings | ค่าเสื่อมราคาสะสม - อาคาร
      1254 | Office Equipment | อุปกรณ์สำนักงาน
      1255 | Accumulated Depreciation of Office Equipment | ค่าเสื่อมราคาสะสม - อุปกรณ์สำนักงาน
      1256 | Vehicles | ยานพาหนะ
      1257 | Accumulated Depreciation of Vehicles | ค่าเสื่อมราคาสะสม - ยานพาหนะ
      1258 | Computers | เครื่องคอมพิวเตอร์
      1259 | Accumulated Depreciation of Computers | ค่าเสื่อมราคาสะสม - เครื่องคอมพิวเตอร์
    1260 | Intangible Assets | สินทรัพย์ไม่มีตัวตน
      1261 | Software | โปรแกรมคอมพิวเตอร์
      1262 | Accumulated Amortisation of Software | ค่าตัดจำหน่ายสะสม - โปรแกรมคอมพิวเตอร์
    1280 | Deposits | เงินมัดจำและเงินประกัน
    1290 | Other Non-current Assets | สินทรัพย์ไม่หมุนเวียนอื่น
2 | Liabilities | หนี้สิน
  21 | Current Liabilities | หนี้สินหมุนเวียน
    2110 | Bank Overdrafts and Short-term Bank Loans | เงินเบิกเกินบัญชีและเงินกู้ยืมระยะสั้นจากสถาบันการเงิน
    2120 | Trade and Other Payables | เจ้าหนี้การค้าและเจ้าหนี้อื่น
      2121 | Trade Payables | เจ้าหนี้การค้า
      2122 | Notes Payable | ตั๋วเงินจ่าย
      2123 | Accrued Expenses | ค่าใช้จ่ายค้างจ่าย
      2124 | Deferred Income | รายได้รับล่วงหน้า
      2125 | Deposits Received | เงินมัดจำรับ
      2126 | Other Payables | เจ้าหนี้อื่น
    2130 | Current Portion of Long-term Debt | ส่วนของหนี้สินระยะยาวที่ถึงกำหนดชำระภายในหนึ่งปี
    2140 | Short-term Borrowings | เงินกู้ยืมระยะสั้น
    2150 | Corporate Income Tax Payable | ภาษีเงินได้นิติบุคคลค้างจ่าย
    2160 | Output VAT | ภาษีขาย
    2161 | Undue Output VAT | ภาษีขายยังไม่ถึงกำหนด
    2162 | VAT Payable | เจ้าหนี้กรมสรรพากร
    2163 | Withholding Tax Payable PND1 | ภาษีหัก ณ ที่จ่ายค้างจ่าย ภ.ง.ด.1
    2164 | Withholding Tax Payable PND3 | ภาษีหัก ณ ที่จ่ายค้างจ่าย ภ.ง.ด.3
    2165 | Withholding Tax Payable PND53 | ภาษีหัก ณ ที่จ่ายค้างจ่าย ภ.ง.ด.53
    2166 | Withholding Tax Payable PND54 | ภาษีหัก ณ ที่จ่ายค้างจ่าย ภ.ง.ด.54
    2170 | Social Security Payable | เงินสมทบประกันสังคมค้างจ่าย
    2180 | Short-term Provisions | ประมาณการหนี้สินระยะสั้น
    2190 | Other Current Liabilities | หนี้สินหมุนเวียนอื่น
  22 | Non-current Liabilities | หนี้สินไม่หมุนเวียน
    2210 | Long-term Borrowings | เงินกู้ยืมระยะยาว
    2220 | Finance Lease Liabilities | หนี้สินตามสัญญาเช่าการเงิน
    2230 | Employee Benefit Obligations | ภาระผูกพันผลประโยชน์พนักงาน
    2240 | Long-term Provisions | ประมาณการหนี้สินระยะยาว
    2290 | Other Non-current Liabilities | หนี้สินไม่หมุนเวียนอื่น
3 | Equity | ส่วนของผู้ถือหุ้น
  3110 | Registered Share Capital | ทุนจดทะเบียน
  3120 | Paid-up Share Capital | ทุนที่ออกและชำระแล้ว
  3130 | Share Premium | ส่วนเกินมูลค่าหุ้น
  3210 | Legal Reserve | ทุนสำรองตามกฎหมาย
  3220 | Retained Earnings | กำไรสะสมยังไม่ได้จัดสรร
  3230 | Dividends Paid | เงินปันผลจ่าย
  3310 | Other Components of Equity | องค์ประกอบอื่นของส่วนของผู้ถือหุ้น
  3900 | Currency Trading | บัญชีแลกเปลี่ยนเงินตรา
4 | Income | รายได้
  4110 | Sales of Goods | รายได้จากการขายสินค้า
  4120 | Services | รายได้จากการให้บริการ
  4130 | Sales Returns and Allowances | รับคืนสินค้าและส่วนลดจ่าย
  4210 | Interest | ดอกเบี้ยรับ
  4220 | Dividends | เงินปันผลรับ
  4230 | Gains on Exchange | กำไรจากอัตราแลกเปลี่ยน
  4240 | Gains on Disposal of Assets | กำไรจากการจำหน่ายสินทรัพย์
  4290 | Other Income | รายได้อื่น
5 | Expenses | ค่าใช้จ่าย
  51 | Cost of Sales | ต้นทุนขาย
    5110 | Purchases | ซื้อสินค้า
    5120 | Purchase Returns | ส่งคืนสินค้าและส่วนลดรับ
    5130 | Freight In | ค่าขนส่งเข้า
    5140 | Cost of Services | ต้นทุนการให้บริการ
  52 | Selling Expenses | ค่าใช้จ่ายในการขาย
    5210 | Advertising | ค่าโฆษณา
    5220 | Commissions | ค่านายหน้า
    5230 | Freight Out | ค่าขนส่งออก
  53 | Administrative Expenses | ค่าใช้จ่ายในการบริหาร
    5310 | Salaries and Wages | เงินเดือนและค่าจ้าง
    5311 | Social Security Contributions | เงินสมทบประกันสังคม
    5312 | Employee Benefits | ผลประโยชน์พนักงาน
    5320 | Rent | ค่าเช่า
    5330 | Utilities | ค่าสาธารณูปโภค
    5340 | Telephone and Internet | ค่าโทรศัพท์และอินเทอร์เน็ต
    5350 | Office Supplies | วัสดุสำนักงาน
    5360 | Travel | ค่าเดินทาง
    5370 | Professional Fees | ค่าธรรมเนียมวิชาชีพ
    5375 | Bank Charges | ค่าธรรมเนียมธนาคาร
    5380 | Depreciation and Amortisation | ค่าเสื่อมราคาและค่าตัดจำหน่าย
    5385 | Doubtful Accounts | หนี้สงสัยจะสูญ
    5390 | Other Administrative Expenses | ค่าใช้จ่ายในการบริหารอื่น
  5400 | Non-deductible Expenses | ค่าใช้จ่ายต้องห้าม
  5410 | Losses on Exchange | ขาดทุนจากอัตราแลกเปลี่ยน
  5420 | Losses on Disposal of Assets | ขาดทุนจากการจำหน่ายสินทรัพย์
  5500 | Finance Costs | ต้นทุนทางการเงิน
  5600 | Corporate Income Tax | ภาษีเงินได้นิติบุคคล
"""

TEMPLATE: Final = Template(
    code="tfrs-npaes",
    name_en="Thailand: TFRS for NPAEs",
    name_th="มาตรฐานการรายงานทางการเงินสำหรับกิจการที่ไม่มีส่วนได้เสียสาธารณะ",
    source="Captions of the DBD's form of financial statements for limited companies (Form 2), "
    "with the tax accounts that VAT and withholding tax need; Thai names as those forms write them",
    accounts=read(CHART),
    journals=JOURNALS,
)
