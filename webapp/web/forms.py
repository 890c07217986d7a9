"""The base of every form. Forms shape input; rules that need data live in verbs."""

from flask_wtf import FlaskForm


def strip(text):
    """A filter for text fields: outer white space and NUL, which Postgres cannot keep, are never meant."""
    return text.replace("\0", "").strip() if isinstance(text, str) else text


def one_line(text):
    """A filter for names: strip(), and any run of white space is one space."""
    return " ".join(text.replace("\0", "").split()) if isinstance(text, str) else text


class BaseForm(FlaskForm):
    def values(self):
        return {name: value for name, value in self.data.items() if name not in ("csrf_token", "submit")}

    def reject(self, error):
        """Show a domain rule's refusal at the field it concerns, or above the form."""
        if error.field in self._fields:
            field = self[error.field]
            field.errors = [*field.errors, str(error)]
        else:
            self.form_errors = [*self.form_errors, str(error)]
