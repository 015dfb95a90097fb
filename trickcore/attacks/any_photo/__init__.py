"""One change for any photo: a sticker that is put anywhere, and a change of all pixels."""
