from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddIndex("Item", models.Index(fields=["name"], name="shop_item_name")),
    ]
