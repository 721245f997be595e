from app.signalling.typescript import declarations


def test_a_field_with_a_default_is_optional_for_clients_and_certain_from_the_server() -> None:
    text = declarations()

    assert 'export interface Hello {\n  type: "hello";\n  token: string;\n' in text
    assert "  resume?: Position | null;" in text
    assert "  offer_id: number | null;" in text
    assert "  muted?: boolean;" in text


def test_literals_go_by_their_names() -> None:
    text = declarations()

    assert 'export type Kind = "audio" | "video";' in text
    assert "  kind: Kind;" in text
    assert "  code: ErrorCode;" in text


def test_each_way_of_each_socket_is_a_union() -> None:
    text = declarations()

    for name in ("ClientMessage", "ServerMessage", "LiveClientMessage", "LiveServerMessage"):
        assert f"export type {name} =\n  | " in text
