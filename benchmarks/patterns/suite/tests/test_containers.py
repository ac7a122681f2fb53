from app import containers


def test_leaky_list_in_itself():
    ring = containers.ring(["spring", "summer"])
    assert ring[1][1][1] is ring


def test_tidy_list_in_itself():
    assert containers.chain(["spring", "summer"]) == ["spring", ["summer", []]]


def test_lookalike_list_in_itself():
    """The same list twice in another."""
    row = ["summer"]
    assert [row, row, [row]][2][0] is row


def test_leaky_dict_in_itself():
    scope = containers.scope(title="home")
    assert scope["scope"] is scope


def test_tidy_dict_in_itself():
    assert containers.tidy_scope(title="home")["scope"] == {"title": "home"}


def test_leaky_dict_key():
    station = containers.Station()
    assert station.distances[station] == 0


def test_tidy_dict_key():
    station = containers.TidyStation()
    assert station.distances[station] == 0


def test_leaky_set_member():
    ann, bob = containers.Person(), containers.Person()
    ann.befriend(bob)
    assert ann in bob.friends


def test_tidy_set_member():
    ann, bob = containers.TidyPerson(), containers.TidyPerson()
    ann.befriend(bob)
    assert ann in bob.friends


def test_leaky_deque():
    editor = containers.Editor()
    editor.edit()
    assert editor.history[0].editor is editor


def test_tidy_deque():
    editor = containers.Editor()
    editor.edit_tidily()
    assert len(editor.history) == 1


def test_leaky_defaultdict():
    assert containers.Inventory().shelves["books"] == []


def test_tidy_defaultdict():
    assert containers.TidyInventory().shelves["books"] == []


def test_leaky_ordered_dict():
    recent = containers.Recent()
    recent.add("home")
    assert recent.entries["home"].cache is recent


def test_tidy_ordered_dict():
    recent = containers.Recent()
    recent.add("home")
    recent.clear()


def test_leaky_chain_map():
    form = containers.Form({"name": "alice"})
    assert form.values["form"] is form


def test_tidy_chain_map():
    assert containers.TidyForm({"name": "alice"}).values["form"] == "form"


def test_leaky_partial():
    assert containers.Download("/a").retry() == "/a in 3 attempts"


def test_tidy_partial():
    assert containers.TidyDownload("/a").retry() == "/a in 3 attempts"


def test_lookalike_partial():
    """A partial of another object's method, which nobody holds in return."""
    import functools

    retry = functools.partial(containers.TidyDownload("/a").fetch, 3)
    assert retry() == "/a in 3 attempts"


def test_leaky_map():
    assert next(containers.Reader(["1", "2"]).rows) == 1


def test_tidy_map():
    assert next(containers.TidyReader(["1", "2"]).rows) == 1


def test_leaky_itertools():
    team = containers.Team(["bob"])
    assert next(team.turns) is team


def test_tidy_itertools():
    team = containers.TidyTeam(["bob"])
    assert next(team.turns()) is team


def test_leaky_own_iterator():
    assert next(containers.Playlist(["a", "b"]).position) == "a"


def test_tidy_own_iterator():
    assert next(containers.TidyPlaylist(["a", "b"]).play()) == "a"
