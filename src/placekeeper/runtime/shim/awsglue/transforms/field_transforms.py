"""Transforms of fields and rows."""

from awsglue.transforms.transform import GlueTransform


class RenameField(GlueTransform):
    """A field under another path."""

    def __call__(
        self, frame, old_name, new_name, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """Apply the transform."""
        return frame.rename_field(
            old_name, new_name, transformation_ctx, info, stageThreshold, totalThreshold
        )


class DropFields(GlueTransform):
    """All but the named fields."""

    def __call__(self, frame, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Apply the transform."""
        return frame.drop_fields(paths, transformation_ctx, info, stageThreshold, totalThreshold)


class SelectFields(GlueTransform):
    """The named fields alone."""

    def __call__(self, frame, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Apply the transform."""
        return frame.select_fields(paths, transformation_ctx, info, stageThreshold, totalThreshold)


class SplitFields(GlueTransform):
    """Two frames: the named fields, and the rest."""

    def __call__(
        self,
        frame,
        paths,
        name1=None,
        name2=None,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Apply the transform."""
        base = frame.name or "frame"
        return frame.split_fields(
            paths,
            name1 or f"{base}1",
            name2 or f"{base}2",
            transformation_ctx,
            info,
            stageThreshold,
            totalThreshold,
        )


class SplitRows(GlueTransform):
    """Two frames: the records that fulfil every comparison, and the others."""

    def __call__(
        self,
        frame,
        comparison_dict,
        name1="frame1",
        name2="frame2",
        transformation_ctx="",
        info=None,
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Apply the transform."""
        return frame.split_rows(
            comparison_dict, name1, name2, transformation_ctx, info, stageThreshold, totalThreshold
        )


class Join(GlueTransform):
    """Records of two frames with equal keys."""

    def __call__(self, frame1, frame2, keys1, keys2, transformation_ctx=""):
        """Apply the transform."""
        return frame1.join(keys1, keys2, frame2, transformation_ctx)


class Spigot(GlueTransform):
    """A sample of the records, written aside."""

    def __call__(self, frame, path, options, transformation_ctx=""):
        """Apply the transform."""
        return frame.spigot(path, options, transformation_ctx)
