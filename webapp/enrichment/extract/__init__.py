"""What a page says about its company, without asking anybody: pure functions over claims.Page.

`document(page)` parses it once; each function takes a page or such a Document.
"""

from .company import company_name, extract
from .document import document
from .languages import language
from .links import Links, links
from .main_text import main_text, visible_text

__all__ = ["Links", "company_name", "document", "extract", "language", "links", "main_text", "visible_text"]
