"""Named tuples made at a third of the price of calling their class: packets make many."""

new_tuple = tuple.__new__
