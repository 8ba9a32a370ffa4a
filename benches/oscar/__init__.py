"""django-oscar beside `order/submit-http`: the POST that places an order, on the same machine, server and database.

    python -m benches.oscar PYTHON

PYTHON is an interpreter of another environment: python -m venv ENV && ENV/bin/pip install django-oscar granian "psycopg[binary,pool]"
(seen with django-oscar 4.2.1). Each order has a session, a person and a basket of its own with one product that is neither shipped nor kept
in stock, and no payment is taken: the least that a checkout can be. Baskets are filled beforehand, untimed, as our drafts are signed.
"""
