"""The packages the project runs on: the oldest and the newest, a server's lock file, known weaknesses."""
