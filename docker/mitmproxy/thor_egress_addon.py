"""What mitmdump loads: the addon, found beside this file."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from thor_egress.addon import ThorEgress  # noqa: E402

addons = [ThorEgress()]
