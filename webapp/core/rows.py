"""What models do one row at a time, with SQL that is made once (see prepared.py): reading and making one."""

from .prepared import Prepared, instance


def by_id(model, key):
    """The row of `model` with this primary key, or None."""
    row = _by_id.one(model, key=key)
    return row and instance(model, row)


@Prepared
def _by_id(model, *, key):
    return model.select(*model._meta.sorted_fields).where(model._meta.primary_key == key)


def create(model, **fields):
    """As model.create(): its row with the defaults. Foreign keys are rows or ids."""
    made = model(__no_default__=True)
    made.__data__.update(model._meta.get_default_dict())
    made.__data__.update({name: getattr(value, "id", value) for name, value in fields.items()})
    values = _kept(model, made.__data__)
    setattr(made, model._meta.primary_key.name, _insert.one(model, tuple(values), **values)[0])
    return made


@Prepared
def _insert(model, _names, **values):
    return model.insert(values).returning(model._meta.primary_key)


def _kept(model, fields):
    """Values as the database keeps them."""
    return {name: model._meta.fields[name].db_value(value) for name, value in fields.items()}
