-- Runs once, when the volume is new: the registry keeps its subjects and ids in a database of its own.
create database registry owner kairos;
