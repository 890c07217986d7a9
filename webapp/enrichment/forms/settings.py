"""How a workspace enriches: where it looks, when a fact is old, and what the model may use."""

import re

from wtforms import StringField
from wtforms.fields.choices import SelectChoice

from webapp.leads.forms.lead import WholeNumberField
from webapp.web.forms import BaseForm

from ..models import WaterfallStage
from ..quality import STAGES
from ..settings import BOUNDS
from .jobs import TicksField

MILLION = 1_000_000
_PRICE = re.compile(r"(\d{1,9})(?:[.,](\d{1,6}))?")
TYPED = {"inputmode": "numeric", "autocomplete": "off", "type": "text"}


class PriceField(StringField):
    """A sum in a currency, kept in its millionths; empty is None."""

    def process_formdata(self, valuelist):
        text = valuelist[0].strip() if valuelist else ""
        match = _PRICE.fullmatch(text)
        if text and not match:
            raise ValueError("Write a sum, such as 0.05.")
        self.data = int(match[1]) * MILLION + int((match[2] or "").ljust(6, "0")) if text else None

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        return "" if self.data is None else f"{self.data / MILLION:.6f}".rstrip("0").rstrip(".")


def _number(label, description=""):
    return WholeNumberField(label, description=description, render_kw=TYPED)


def _price(label):
    return PriceField(label, description="Empty for no limit.", render_kw={**TYPED, "inputmode": "decimal"})


class SettingsForm(BaseForm):
    stages = TicksField("Look in", choices=[SelectChoice(stage.value, STAGES[stage]) for stage in WaterfallStage])
    refresh_days = _number("Days until a fact is old", "Until then a company is not looked up again.")
    pause_ms = _number(
        "Milliseconds between two companies", "0 for none. Each site is asked one page at a time anyway."
    )
    calls_per_company = _number("Calls")
    tokens_per_company = _number("Tokens")
    seconds_per_company = _number("Seconds")
    tokens_per_day = _number("Tokens")
    cost_per_company = _price("Cost")
    cost_per_day = _price("Cost")

    def __init__(self, has_price, **options):
        super().__init__(**options)
        if not has_price:
            del self.cost_per_company, self.cost_per_day

    def values(self):
        return {name: self[name].data for name in ("stages", *BOUNDS) if name in self}
