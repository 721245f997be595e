"""Parts of the device feed's benchmark."""
