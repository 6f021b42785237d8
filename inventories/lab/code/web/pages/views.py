"""Three pages: one from the database that shows its release, one for Consul, and a slow one."""

import os
import time

from django.conf import settings
from django.db import connection
from django.http import HttpResponse

from pages.models import Greeting


def index(_request):
    """Greetings, and which release and process says so."""
    greetings = ", ".join(Greeting.objects.filter(shown=True).values_list("text", flat=True))
    return _page(f"{greetings}. Release {settings.RELEASE}, process {os.getpid()}.\n")


def health(_request):
    """Whether all works that a page needs, the database too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return _page(f"release {settings.RELEASE}\n")


def slow(request):
    """Return a page that takes three seconds, as a report may, or as many as it is asked for."""
    time.sleep(float(request.GET.get("seconds", 3)))
    return _page(f"At last. Release {settings.RELEASE}.\n")


def _page(text):
    return HttpResponse(text, content_type="text/plain")
