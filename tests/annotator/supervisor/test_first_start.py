import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from annotator.enums import ModelState, Role, Source
from annotator.models import Batch, ModelVersion, Title, User
from annotator.supervisor import first_start
from annotator.supervisor.first_start import ensure_first_user, load_demo_once, prepare_database

pytestmark = pytest.mark.django_db


def test_ensure_first_user_makes_an_administrator_who_can_sign_in(tmp_path, client):
    path = tmp_path / "first-sign-in.txt"
    sign_in = ensure_first_user(path)
    assert sign_in.fresh
    user = User.objects.get()
    assert (user.username, user.role, user.is_staff, user.is_lead) == ("admin", Role.ADMIN, True, True)
    assert client.login(username=sign_in.username, password=sign_in.password)
    assert path.read_text() == f"username: admin\npassword: {sign_in.password}\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_ensure_first_user_repeats_the_sign_in_and_makes_nobody_else(tmp_path):
    path = tmp_path / "first-sign-in.txt"
    first = ensure_first_user(path)
    second = ensure_first_user(path)
    assert (second.password, second.fresh) == (first.password, False)
    assert User.objects.count() == 1


def test_ensure_first_user_keeps_quiet_about_a_password_that_was_changed(tmp_path):
    path = tmp_path / "first-sign-in.txt"
    ensure_first_user(path)
    user = User.objects.get()
    user.set_password("of my own")
    user.save()
    assert ensure_first_user(path) is None


def test_ensure_first_user_makes_nobody_where_users_exist(tmp_path):
    User.objects.create_user("rosa")
    assert ensure_first_user(tmp_path / "first-sign-in.txt") is None
    assert User.objects.count() == 1
    assert not (tmp_path / "first-sign-in.txt").exists()


def test_ensure_first_user_starts_over_when_it_was_killed_before_the_user_was_stored(tmp_path, monkeypatch):
    path = tmp_path / "first-sign-in.txt"
    path.write_text("username: admin\npassword: of a user who was never stored\n")
    sign_in = ensure_first_user(path)
    assert User.objects.get().check_password(sign_in.password)
    assert sign_in.password in path.read_text()


def test_ensure_first_user_stores_nobody_whose_password_cannot_be_written(tmp_path):
    with pytest.raises(FileNotFoundError):
        ensure_first_user(tmp_path / "absent" / "first-sign-in.txt")
    assert User.objects.count() == 0


def test_generated_passwords_differ(tmp_path):
    passwords = set()
    for number in range(3):
        User.objects.all().delete()
        passwords.add(ensure_first_user(tmp_path / str(number)).password)
    assert len(passwords) == 3


def test_load_demo_once_fills_an_empty_desk_and_never_again(monkeypatch):
    assert load_demo_once()
    titles = Title.objects.count()
    assert titles >= 300
    assert not load_demo_once()
    assert Title.objects.count() == titles


def test_load_demo_once_leaves_a_desk_with_titles_alone():
    Batch.objects.create(source=Source.PAGE)
    assert not load_demo_once()
    assert Title.objects.count() == 0


def test_prepare_registers_one_active_model_however_often_it_runs():
    call_command("prepare", verbosity=0)
    prepare_database(verbosity=0)
    assert list(ModelVersion.objects.values_list("state", flat=True)) == [ModelState.ACTIVE]


def test_load_demo_once_goes_on_with_a_load_that_was_killed():
    load_demo_once()
    titles = Title.objects.count()
    Title.objects.filter(pk__in=list(Title.objects.values_list("pk", flat=True)[200:])).delete()
    Batch.objects.update(closed_at=None)
    assert load_demo_once()
    assert Title.objects.count() == titles
    assert Batch.objects.get().closed_at is not None


def test_prepare_names_a_built_in_model_that_is_damaged(settings, tmp_path):
    settings.STARTER_DIR = tmp_path
    with pytest.raises(CommandError, match=r"The built-in model cannot be used: .*"):
        call_command("prepare", verbosity=0)


def test_prepare_says_that_there_is_no_database(monkeypatch):
    def refuse():
        raise OperationalError("connection refused")

    monkeypatch.setattr(first_start.connection, "ensure_connection", refuse)
    with pytest.raises(CommandError, match="The database does not answer: connection refused"):
        call_command("prepare", verbosity=0)


def test_password_letters_cannot_be_taken_for_one_another():
    assert set("0O1lIi").isdisjoint(first_start.PASSWORD_LETTERS)
