"""Jobs: what the engine is asked to do, as plain functions of plain arguments.

A job is a function of a module here, so that a name is enough to ask for it. It takes networks as
`networks.Network` records, pictures as files or 8-bit arrays, a Recipe, numbers; it returns or yields records
of arrays, numbers and text, never a tensor or a net. All of that can be sent to another process. Importing
these modules imports no torch; running a job does.
"""
