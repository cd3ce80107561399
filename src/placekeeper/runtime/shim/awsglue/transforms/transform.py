"""What all transforms share."""


class GlueTransform:
    """A transform in the form of a class: `X.apply(…)` is `X()(…)`."""

    @classmethod
    def apply(cls, *args, **kwargs):
        """Apply the transform."""
        return cls()(*args, **kwargs)

    @classmethod
    def name(cls):
        """The name of the transform."""
        return cls.__name__

    @classmethod
    def describe(cls):
        """What the transform does, in a sentence."""
        return {"transform": {"name": cls.name(), "description": (cls.__doc__ or "").strip()}}

    def __eq__(self, other):
        return type(self) is type(other)

    def __hash__(self):
        return hash(type(self).__name__)

    def __repr__(self):
        return f"<Transform: {self.name()}>"
