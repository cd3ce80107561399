"""The folder that `awsglue` is imported from."""

from pathlib import Path
from typing import Final

SHIM: Final = Path(__file__).resolve().parents[1] / "shim"
"""On sys.path in a job process; elsewhere only where somebody asks for it."""
