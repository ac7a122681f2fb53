from app import attributes


def test_leaky_parent_and_child():
    page = attributes.Page()
    attributes.Part(page)
    assert page.parts[0].page is page


def test_tidy_parent_and_child():
    page = attributes.Page()
    attributes.TidyPart(page)
    assert page.parts[0].page is page


def test_lookalike_parent_and_child():
    """Two pages share a part: it is reached by two ways, but no way leads back."""
    first, second = attributes.Page(), attributes.Page()
    shared = attributes.Page()
    first.parts.append(shared)
    second.parts.append(shared)
    first.parts.append(second)


def test_leaky_own_default():
    style = attributes.Style()
    assert style.base is style


def test_tidy_own_default():
    style = attributes.TidyStyle()
    assert style.base is style


def test_lookalike_own_default():
    """A long chain that ends."""
    style = None
    for _ in range(50):
        style = attributes.TidyStyle(style)


def test_leaky_slots():
    car = attributes.Car()
    assert car.engine.car is car


def test_tidy_slots():
    car = attributes.Car()
    car.scrap()
    assert car.engine is None


def test_leaky_property():
    card = attributes.Card()
    card.holder = attributes.Account()
    assert card.holder.cards == [card]


def test_tidy_property():
    card = attributes.Card()
    card.holder = attributes.Account()
    card.block()


def test_leaky_neighbours():
    song = attributes.Song()
    assert attributes.Song(song).prev is song


def test_tidy_neighbours():
    song = attributes.TidySong()
    assert attributes.TidySong(song).prev() is song


def test_lookalike_neighbours():
    """A list whose items know one neighbour only."""
    song = attributes.Song()
    for _ in range(3):
        last = attributes.Song()
        last.next = song
        song = last


def test_leaky_dataclass():
    invoice = attributes.Invoice()
    assert invoice.add(100).invoice is invoice


def test_tidy_dataclass():
    invoice = attributes.Invoice()
    invoice.lines.append(attributes.Line(100))


def test_lookalike_dataclass():
    """A dataclass that is defined in the test: what its definition leaves behind is nobody's."""
    import dataclasses

    @dataclasses.dataclass
    class Point:
        x: int
        y: int = 0

    assert Point(1) == Point(1, 0)


def test_leaky_own_dict():
    assert attributes.Options(color="red").color == "red"


def test_tidy_own_dict():
    assert attributes.TidyOptions(color="red").color == "red"


def test_leaky_ring_of_three():
    customer = attributes.order()
    assert customer.cart.order.customer is customer


def test_tidy_ring_of_three():
    customer = attributes.order_tidily()
    assert customer.cart.order.customer is None


def test_leaky_view_of_attributes():
    assert attributes.Record("alice").view["name"] == "alice"


def test_tidy_view_of_attributes():
    assert attributes.TidyRecord("alice").view["name"] == "alice"


def test_leaky_made_when_needed():
    database = attributes.Database()
    assert database.cursor.database is database


def test_tidy_made_when_needed():
    database = attributes.Database()
    assert database.cursor.database is database
    database.close()
