"""Tasks that leak on purpose are pending when Python ends, of which asyncio would say so after the summary."""

import atexit
import logging

atexit.register(logging.disable)
