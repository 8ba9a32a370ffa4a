"""MIG 4.1 files as a provider writes them, for NT$60,000 paid on 15 January 2027."""

from tcloud.orders.models import Order


def f0401(order: Order, **changes: str) -> bytes:
    """An invoice of the order; `changes` replace a value by the name of its element (the first with that name)."""
    supplier = order.supplier.company
    assert supplier is not None
    return _with(
        f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:GEINV:eInvoiceMessage:F0401:4.1"><Main><InvoiceNumber>AB12345678</InvoiceNumber>
<InvoiceDate>20270115</InvoiceDate><InvoiceTime>10:30:00</InvoiceTime>
<Seller><Identifier>{supplier.ubn}</Identifier><Name>賣方</Name></Seller>
<Buyer><Identifier>{order.company.ubn}</Identifier><Name>買方</Name></Buyer>
<InvoiceType>07</InvoiceType><DonateMark>0</DonateMark><PrintMark>Y</PrintMark><RandomNumber>9876</RandomNumber></Main>
<Details><ProductItem><Description>雲端服務</Description><Quantity>1</Quantity><UnitPrice>57000</UnitPrice><TaxType>1</TaxType>
<Amount>57000</Amount><SequenceNumber>1</SequenceNumber></ProductItem><ProductItem><Description>設定</Description>
<Quantity>1</Quantity><UnitPrice>143.4</UnitPrice><TaxType>1</TaxType><Amount>143.4</Amount><SequenceNumber>2</SequenceNumber>
</ProductItem></Details><Amount><SalesAmount>57143</SalesAmount><FreeTaxSalesAmount>0</FreeTaxSalesAmount>
<ZeroTaxSalesAmount>0</ZeroTaxSalesAmount><TaxType>1</TaxType><TaxRate>0.05</TaxRate><TaxAmount>2857</TaxAmount>
<TotalAmount>60000</TotalAmount></Amount></Invoice>""",
        changes,
    )


def f0501(order: Order, **changes: str) -> bytes:
    """The voiding of the invoice of `f0401`."""
    return _cancellation(order, "F0501", "CancelInvoice", "InvoiceDate", "AB12345678", changes)


def g0501(order: Order, **changes: str) -> bytes:
    """The cancelling of the allowance of `g0401`."""
    return _cancellation(order, "G0501", "CancelAllowance", "AllowanceDate", "AL001", changes)


def _cancellation(
    order: Order, code: str, root: str, day: str, number: str, changes: dict[str, str]
) -> bytes:
    supplier = order.supplier.company
    assert supplier is not None
    return _with(
        f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="urn:GEINV:eInvoiceMessage:{code}:4.1"><{root}Number>{number}</{root}Number><{day}>20270115</{day}>
<BuyerId>{order.company.ubn}</BuyerId><SellerId>{supplier.ubn}</SellerId><CancelDate>20270115</CancelDate>
<CancelTime>11:00:00</CancelTime><CancelReason>品名錯誤</CancelReason></{root}>""",
        changes,
    )


def g0401(order: Order, **changes: str) -> bytes:
    """An allowance of NT$10,500 on the invoice of `f0401`."""
    supplier = order.supplier.company
    assert supplier is not None
    return _with(
        f"""<?xml version="1.0" encoding="UTF-8"?>
<Allowance xmlns="urn:GEINV:eInvoiceMessage:G0401:4.1"><Main><AllowanceNumber>AL001</AllowanceNumber>
<AllowanceDate>20270115</AllowanceDate><Seller><Identifier>{supplier.ubn}</Identifier><Name>賣方</Name></Seller>
<Buyer><Identifier>{order.company.ubn}</Identifier><Name>買方</Name></Buyer><AllowanceType>2</AllowanceType></Main>
<Details><ProductItem><OriginalInvoiceDate>20270115</OriginalInvoiceDate>
<OriginalInvoiceNumber>AB12345678</OriginalInvoiceNumber><OriginalDescription>雲端服務</OriginalDescription>
<Quantity>1</Quantity><UnitPrice>10000</UnitPrice><Amount>10000</Amount><Tax>500</Tax>
<AllowanceSequenceNumber>1</AllowanceSequenceNumber><TaxType>1</TaxType></ProductItem></Details>
<Amount><TaxAmount>500</TaxAmount><TotalAmount>10000</TotalAmount></Amount></Allowance>""",
        changes,
    )


def _with(text: str, changes: dict[str, str]) -> bytes:
    for name, value in changes.items():
        before, opening, rest = text.partition(f"<{name}>")
        assert opening, name
        text = f"{before}{opening}{value}</{name}>{rest.partition(f'</{name}>')[2]}"
    return text.encode()
