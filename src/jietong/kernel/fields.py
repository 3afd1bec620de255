"""The one field type in which phone, ID and card numbers are kept, and the index beside it."""

from __future__ import annotations

from typing import Any

from django.db import models

from jietong.kernel import sealing


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """Text that is encrypted in the database and plain in Python. `purpose` is authenticated with it.

    Look-ups by value do not work by design: put a BlindIndexField beside it and filter on that.
    """

    def __init__(self, *args: Any, purpose: str, **kwargs: Any) -> None:
        self.purpose = purpose
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "purpose": self.purpose}

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value in (None, ""):
            return None if self.null else connection.Database.Binary(sealing.seal("", self.purpose))
        return connection.Database.Binary(sealing.seal(str(value), self.purpose))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else sealing.unseal(bytes(value), self.purpose)

    def to_python(self, value: Any) -> Any:
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise TypeError("a sealed field cannot be searched; filter on its blind index")


class BlindIndexField(models.BinaryField):  # type: ignore[type-arg]
    """Kept equal to blind_index(<the sealed field named `of`>) at every save."""

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        kwargs.setdefault("editable", False)
        kwargs.setdefault("db_index", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.of)
        sealed = model_instance._meta.get_field(self.of)
        assert isinstance(sealed, SealedField)
        index = sealing.blind_index(value, sealed.purpose) if value else None
        setattr(model_instance, self.attname, index)
        return index
