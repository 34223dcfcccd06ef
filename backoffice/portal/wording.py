"""Answers in words, in the language of the person who keeps them."""

from decimal import Decimal

from accounting.pricing import PriceRow, Quote

SENTENCES = {
    "en": {
        "price": "{list}: {amount} {currency} per {unit} from {quantity} on (valid from {day})",
        "stock": "In stock: {quantity} {unit} ({places})",
        "none": "In stock: none",
    },
    "th": {
        "price": "{list}: {amount} {currency} ต่อ{unit} เมื่อสั่งตั้งแต่ {quantity} (เริ่ม {day})",
        "stock": "คงเหลือ: {quantity} {unit} ({places})",
        "none": "คงเหลือ: ไม่มีสินค้า",
    },
}


def price_answer(quote: Quote, language: str) -> str:
    """Prices and stock of a good, a line each; dates in ISO 8601, amounts in plain digits."""
    thai = language.startswith("th")
    words = SENTENCES["th" if thai else "en"]
    unit = quote.unit_th if thai else quote.unit_en
    lines = [_price_line(row, words["price"], unit, thai=thai) for row in quote.prices]
    places = ", ".join(f"{row.location} {_plain(row.quantity)}" for row in quote.stock)
    stock = words["stock"] if quote.in_stock else words["none"]
    lines.append(stock.format(quantity=_plain(quote.in_stock), unit=unit, places=places))
    return "\n".join(lines)


def _price_line(row: PriceRow, template: str, unit: str, *, thai: bool) -> str:
    return template.format(
        list=row.list_th if thai else row.list_en,
        amount=_plain(row.amount, 2),
        currency=row.currency,
        unit=unit,
        quantity=_plain(row.min_quantity),
        day=row.valid_from.isoformat(),
    )


def _plain(value: Decimal, decimals: int = 0) -> str:
    own = -int(value.normalize().as_tuple().exponent)
    return f"{value:,.{max(decimals, own)}f}"
