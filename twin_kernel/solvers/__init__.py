"""The programs that compute a river, and the one door they all take."""
