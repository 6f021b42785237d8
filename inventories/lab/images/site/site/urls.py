"""The page, in which the database has a part."""

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.urls import path


def index(_request):
    """Tell how many users there are."""
    return HttpResponse(f"{User.objects.count()} users\n", content_type="text/plain")


urlpatterns = [path("", index)]
