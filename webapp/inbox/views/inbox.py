"""The lists of the inbox, each beside the thread that is open."""

from flask import Blueprint

bp = Blueprint("inbox", __name__)
