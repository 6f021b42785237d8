"""A page that shows its release."""

from pathlib import Path

from flask import Flask

# Longshore puts this file beside the code: the first digits of its commit.
RELEASE = Path(__file__).resolve().with_name(".release").read_text().strip()
app = Flask(__name__)


@app.get("/")
def index():
    """Which release says so."""
    return f"Flask. Release {RELEASE}.\n"
