from django.db import migrations

from tcloud.orders import rules


def set_terms(apps, schema_editor):
    """Services delivered before: until when they last; the reminder comes if its day is still ahead, or at the next scan."""
    Order = apps.get_model("orders", "Order")
    served = Order.objects.filter(delivered_at__isnull=False, state__in=["DELIVERED", "COMPLETED", "DISPUTED"])
    for order in served.select_related("plan_version", "programme").iterator():
        months = order.plan_version.term_months
        ends_at = rules.service_ends_at(order.delivered_at, months)
        remind_at = rules.reminder_at(ends_at, months, time_of_day=order.programme.notice_time)
        Order.objects.filter(pk=order.pk).update(service_ends_at=ends_at, renewal_notice_at=remind_at)


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_ways_to_order")]

    operations = [migrations.RunPython(set_terms, migrations.RunPython.noop)]
