"""One change for any photo: a sticker, and a change of all pixels."""
