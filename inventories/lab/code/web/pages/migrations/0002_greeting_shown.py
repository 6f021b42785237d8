"""A greeting may be hidden, and there is a first one."""

from django.db import migrations, models


def first(apps, _schema_editor):
    """Something to show."""
    apps.get_model("pages", "Greeting").objects.create(text="Hello from the database")


class Migration(migrations.Migration):
    """Adds the column, and a row."""

    dependencies = [("pages", "0001_greeting")]
    operations = [
        migrations.AddField("Greeting", "shown", models.BooleanField(default=True)),
        migrations.RunPython(first, migrations.RunPython.noop),
    ]
