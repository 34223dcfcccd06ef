"""Why a message is refused: one class a rule, each with its sentence in English and in Thai."""

from backoffice.kernel.refusals import Refused


class MessageRefused(Refused):
    """Any refusal of a message; the shells catch this one."""

    code = "message-refused"
    en = "The message was refused: {reason}."
    th = "ข้อความถูกปฏิเสธ: {reason}"


class MessageTooLarge(MessageRefused):
    """The input is longer than the cap."""

    code = "message-too-large"
    status = 413
    en = "The message holds {size} bytes; at most {limit} are read."
    th = "ข้อความมีขนาด {size} ไบต์ เกินขนาดสูงสุด {limit} ไบต์"


class NotAMessage(MessageRefused):
    """Neither a FIN message nor an XML document."""

    code = "not-a-message"
    en = "Neither a SWIFT FIN message nor an ISO 20022 document was found."
    th = "ไม่พบข้อความ SWIFT FIN หรือเอกสาร ISO 20022"


class BrokenBlock(MessageRefused):
    """A FIN block is missing, unclosed or malformed."""

    code = "fin-block-broken"
    en = "Block {block} is broken: {reason}."
    th = "บล็อก {block} ไม่ถูกต้อง: {reason}"


class HeadersMissing(MessageRefused):
    """Fields of a text block without the blocks around them."""

    code = "fin-headers-missing"
    en = (
        "The text begins with field {tag}: blocks 1 and 2, which tell sender, receiver and kind of"
        " message, are missing, and {{4: before the fields."
    )
    th = "ข้อความเริ่มด้วยฟิลด์ {tag} แต่ไม่มีบล็อก 1 และ 2 ซึ่งบอกผู้ส่ง ผู้รับ และชนิดข้อความ และไม่มี {{4: นำหน้าฟิลด์"


class BrokenField(MessageRefused):
    """A field of a FIN message does not follow its format."""

    code = "fin-field-broken"
    en = "Field {tag} is broken: {reason}."
    th = "ฟิลด์ {tag} ไม่ถูกต้อง: {reason}"


class MissingField(MessageRefused):
    """A mandatory field is absent."""

    code = "fin-field-missing"
    en = "Mandatory field {tag} is missing from MT{mt}."
    th = "ไม่พบฟิลด์บังคับ {tag} ในข้อความ MT{mt}"


class MissingElement(MessageRefused):
    """A mandatory element is absent."""

    code = "mx-element-missing"
    en = "Mandatory element {path} is missing."
    th = "ไม่พบอิลิเมนต์บังคับ {path}"


class BrokenElement(MessageRefused):
    """The text of an element does not follow its type."""

    code = "mx-element-broken"
    en = "Element {path} is broken: {reason}."
    th = "อิลิเมนต์ {path} ไม่ถูกต้อง: {reason}"


class NoTranslation(MessageRefused):
    """There is no mapping for this kind of message in this direction."""

    code = "no-translation"
    en = "{kind} has no translation to {target}."
    th = "ไม่มีการแปลง {kind} เป็น {target}"


class DoctypeRefused(MessageRefused):
    """An XML document type declaration: entities could be declared, files read."""

    code = "xml-doctype"
    en = "A document type declaration (DOCTYPE) is not allowed."
    th = "ไม่อนุญาตให้มีการประกาศชนิดเอกสาร (DOCTYPE)"


class XmlBroken(MessageRefused):
    """Not well-formed XML."""

    code = "xml-broken"
    en = "The XML is not well-formed: {reason}."
    th = "XML ผิดรูปแบบ: {reason}"


class SchemaUnknown(MessageRefused):
    """No schema is on hand for this message definition."""

    code = "schema-unknown"
    en = "No schema is on hand for {definition}."
    th = "ไม่มีสคีมาสำหรับ {definition}"


class SchemaBroken(MessageRefused):
    """The document breaks its XML schema."""

    code = "xml-schema"
    en = "The document breaks the schema of {definition}, rule {rule}: {reason}"
    th = "เอกสารไม่เป็นไปตามสคีมา {definition} กฎ {rule}: {reason}"


class UsageRuleBroken(MessageRefused):
    """The document breaks a market usage rule (CBPR+)."""

    code = "usage-rule"
    en = "Usage rule {rule} is broken: {reason}"
    th = "ไม่เป็นไปตามกฎการใช้งาน {rule}: {reason}"


class BalancesDisagree(MessageRefused):
    """Opening balance plus entries differ from the closing balance."""

    code = "statement-balances"
    en = "Opening {opening} plus entries {entries} make {computed}, but the closing says {closing}."
    th = "ยอดยกมา {opening} รวมรายการ {entries} เป็น {computed} แต่ยอดยกไประบุ {closing}"
