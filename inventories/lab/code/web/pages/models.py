"""What the database keeps."""

from django.db import models


class Greeting(models.Model):
    """A line of the first page."""

    text = models.CharField(max_length=200)
    shown = models.BooleanField(default=True)
