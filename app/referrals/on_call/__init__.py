"""Who is on call: rotas, what differs from them, swaps, presence, and duty outside of the rota."""
