import weakref

from app import endings


def test_leaky_finalizer():
    file = endings.File()
    assert file.lock.file is file


def test_tidy_finalizer():
    file = endings.File()
    file.close()
    assert file.lock is None


def test_lookalike_finalizer():
    """An object with a finalizer, in no cycle."""
    file = endings.File()
    file.lock = None
    names = [file]
    del file
    assert len(names) == 1


def test_leaky_finalizer_that_fails():
    upload = endings.Upload()
    assert upload.part.upload is upload


def test_tidy_finalizer_that_fails():
    upload = endings.Upload()
    upload.close()


def test_leaky_revived():
    endings.Pooled()


def test_tidy_revived():
    endings.TidyPooled().put_back()


def test_leaky_finalize_with_method():
    assert endings.TempFolder().path == "/tmp/a"


def test_tidy_finalize_with_method():
    assert endings.TidyTempFolder().path == "/tmp/a"


def test_lookalike_finalize_with_method():
    """A finalizer that is detached."""
    box = endings.Box()
    assert weakref.finalize(box, box.__class__).detach() is not None


def test_leaky_weakref_callback():
    assert endings.Window(endings.MODEL).model() is endings.MODEL


def test_tidy_weakref_callback():
    assert endings.TidyWindow(endings.MODEL).model() is endings.MODEL


def test_lookalike_weakref_callback():
    """A callback that belongs to another object than the reference; and objects that know each other by weak references."""
    model = endings.Model()
    window = endings.Window(model)
    del model  # calls the callback, which lets go of it
    assert window.model() is None
    ann, bob = endings.Box(), endings.Box()
    ann.friend, bob.friend = weakref.ref(bob), weakref.proxy(ann)
    assert ann.friend() is bob


def test_leaky_value_holds_weak_key():
    box = endings.Box()
    endings.label(box)
    assert box in endings.LABELS


def test_tidy_value_holds_weak_key():
    box = endings.Box()
    endings.label_tidily(box)
    assert box in endings.LABELS


def test_lookalike_value_holds_weak_key():
    """A weak dictionary whose entries go with their values."""
    names = weakref.WeakValueDictionary()
    box = names["box"] = endings.Box()
    assert names["box"] is box


def test_leaky_callback_holds_what_is_watched():
    box = endings.Box()
    endings.watch(box)
    assert id(box) in endings.WATCHED


def test_tidy_callback_holds_what_is_watched():
    box = endings.Box()
    endings.watch_tidily(box)
    assert id(box) in endings.WATCHED


def test_leaky_dead_weak_references():
    endings.see(endings.Box())
    assert endings.SEEN[-1]() is None


def test_tidy_dead_weak_references():
    box = endings.Box()
    endings.see_tidily(box)
    assert endings.SEEN[-1]() is box
