"""How a document leaves as a file: always to keep, never to run in the browser."""

import base64
import mimetypes

from django.utils.http import content_disposition_header

from records.models import Document


def headers_of(document: Document) -> dict[str, str]:
    """Headers of a download: named by number, hash (RFC 9530) and length beside it."""
    kind = document.media_type.partition(";")[0]
    name = document.number + (mimetypes.guess_extension(kind) or ".bin")
    digest = base64.b64encode(bytes.fromhex(document.content.sha256)).decode()
    return {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "",
        "Content-Length": str(document.content.size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "ETag": f'"{document.content.sha256}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
