"""What pages say, in English and in French."""

from __future__ import annotations

__all__ = ["LABELS"]

LABELS = {
    "en": {
        "projects": "Projects", "none": "You are in no project yet.", "new": "New project",
        "name": "Short name", "name_help": "3 to 24 of a-z, 0-9 and -; it names the shared folder",
        "title": "Title", "create": "Create", "people": "People", "role": "Role", "add": "Add",
        "remove": "Remove", "leave": "Leave", "archive": "Archive", "reopen": "Open again",
        "archived": "archived: can be read, nothing new is computed",
        "open_server": "Open the shared server", "used": "core-hours used", "of": "of",
        "no_limit": "no limit", "owner": "owner", "member": "member", "server": "shared server",
        "folder": "Shared folder", "runs": "In a notebook of yours",
        "software": "Software", "pinned": "kept as on", "not_pinned": "the hub's",
        "add_help": "The name they log in with. They see the project at once, and its folder when "
                    "their server next starts.",
        "login_name": "Login name", "unknown": "nobody has logged in with this name yet",
        "back": "All projects", "hub": "My server", "studies": "Studies",
        "language": "Français", "other": "fr",
        "explain": "A project shares a folder, the history of its runs, its core-hours and a "
                   "server where people work together. Nobody else sees any of it.",
    },
    "fr": {
        "projects": "Projets", "none": "Vous n'êtes encore dans aucun projet.",
        "new": "Nouveau projet", "name": "Nom court",
        "name_help": "3 à 24 caractères parmi a-z, 0-9 et - ; c'est le nom du dossier partagé",
        "title": "Titre", "create": "Créer", "people": "Personnes", "role": "Rôle",
        "add": "Ajouter", "remove": "Retirer", "leave": "Quitter", "archive": "Archiver",
        "reopen": "Rouvrir", "archived": "archivé : se lit, plus rien n'y est calculé",
        "open_server": "Ouvrir le serveur partagé", "used": "heures-cœur utilisées", "of": "sur",
        "no_limit": "sans limite", "owner": "propriétaire", "member": "membre",
        "server": "serveur partagé", "folder": "Dossier partagé",
        "runs": "Dans un de vos notebooks",
        "software": "Logiciels", "pinned": "gardés au", "not_pinned": "ceux du hub",
        "add_help": "Le nom de connexion de la personne. Elle voit le projet aussitôt, et son "
                    "dossier quand son serveur redémarre.",
        "login_name": "Nom de connexion",
        "unknown": "personne ne s'est encore connecté sous ce nom",
        "back": "Tous les projets", "hub": "Mon serveur", "studies": "Études",
        "language": "English", "other": "en",
        "explain": "Un projet partage un dossier, l'historique de ses calculs, ses heures-cœur et "
                   "un serveur où l'on travaille ensemble. Personne d'autre n'en voit rien.",
    },
}
