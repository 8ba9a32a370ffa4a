"""The search documents made anew with their columns in another order; they follow from the plans, so that none is copied."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0004_search'),
    ]

    operations = [
        migrations.DeleteModel('SearchDocument'),
        migrations.CreateModel(
            name='SearchDocument',
            fields=[
                ('plan', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='document', serialize=False, to='catalogue.plan')),
                ('category', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.category')),
                ('listed_at', models.DateTimeField()),
                ('price_twd', models.PositiveIntegerField()),
                ('term_months', models.PositiveSmallIntegerField()),
                ('orderable', models.BooleanField()),
                ('has_trial', models.BooleanField()),
                ('in_taiwan', models.BooleanField()),
                ('kind', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('category'), '*', models.Value(65536)), '+', django.db.models.expressions.CombinedExpression(models.F('term_months'), '*', models.Value(8))), '+', django.db.models.expressions.CombinedExpression(django.db.models.functions.comparison.Cast('orderable', models.IntegerField()), '*', models.Value(4))), '+', django.db.models.expressions.CombinedExpression(django.db.models.functions.comparison.Cast('has_trial', models.IntegerField()), '*', models.Value(2))), '+', django.db.models.functions.comparison.Cast('in_taiwan', models.IntegerField())), help_text='Category, term and the three flags in one number: what is counted together is grouped by one column.', output_field=models.BigIntegerField())),
                ('industry_set', models.GeneratedField(db_persist=True, expression=models.Func(models.F('industries'), models.Value(0), function='hash_array_extended'), help_text='One number for one list of industries, which is quicker to group by; null: any.', output_field=models.BigIntegerField(null=True))),
                ('industries', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), help_text='Divisions of 行業統計分類; null: any.', null=True, size=None)),
                ('words', django.contrib.postgres.search.SearchVectorField()),
            ],
        ),
        migrations.RunSQL(
            """
            ALTER TABLE catalogue_searchdocument ALTER COLUMN words SET STORAGE EXTERNAL;
            ALTER TABLE catalogue_searchdocument SET (toast_tuple_target = 128);
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name='searchdocument',
            index=django.contrib.postgres.indexes.GinIndex(fields=['words'], name='search_words'),
        ),
        migrations.AddIndex(
            model_name='searchdocument',
            index=models.Index(models.OrderBy(models.F('orderable'), descending=True), models.OrderBy(models.F('listed_at'), descending=True), models.OrderBy(models.F('plan'), descending=True), name='search_first'),
        ),
        migrations.AddIndex(
            model_name='searchdocument',
            index=models.Index(models.OrderBy(models.F('listed_at'), descending=True), models.OrderBy(models.F('plan'), descending=True), name='search_newest'),
        ),
        migrations.AddIndex(
            model_name='searchdocument',
            index=models.Index(fields=['price_twd', 'plan'], name='search_price'),
        ),
        migrations.RunSQL(
            "SELECT catalogue_refresh_documents(array_agg(id ORDER BY id)) FROM catalogue_plan WHERE listed_at IS NOT NULL AND delisted_at IS NULL",
            migrations.RunSQL.noop,
        ),
    ]
