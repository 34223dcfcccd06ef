"""Messages of the trade: SWIFT FIN (MT) and ISO 20022 (MX), read, written, checked, translated.

Pure Python over lxml: no Django, no database, no clock. A message that breaks a rule is refused
with line, field and rule (`backoffice.kernel.refusals.Refused`); nothing of it is kept.
"""
