"""Which packages an installation has; all else is in pyproject.toml.

The library brings its digit networks along (trickcore.assets) and the page (trickcore.page): dashboard.py
with ui/ beside it, as here, so that `streamlit run` finds the one and imports the other. Nothing called
`ui` lies on everybody's path.
"""

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py


class Build(build_py):
    """This file lies in the page's folder, and is no part of the page."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        modules: list[tuple[str, str, str]] = super().find_package_modules(package, package_dir)
        return [module for module in modules if module[1] != "setup"]


setup(
    cmdclass={"build_py": Build},
    packages=[
        *find_packages(include=["trickcore", "trickcore.*"]),
        "trickcore.assets",
        "trickcore.page",
        *(f"trickcore.page.{name}" for name in find_packages(include=["ui", "ui.*"])),
    ],
    package_dir={"trickcore.assets": "assets", "trickcore.page": "."},
)
