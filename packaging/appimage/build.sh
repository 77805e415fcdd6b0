#!/usr/bin/env bash
# An AppImage from the folder that `make bundle` wrote. appimagetool downloads its runtime, so this
# needs a network: .github/workflows/packages.yml runs it. APPIMAGETOOL names the tool.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' desktop/lookalike/__init__.py)
id=app.lookalike.Lookalike
tree=build/bundle/AppDir
rm -rf "$tree"
mkdir -p "$tree/usr/lib" dist
cp -a build/bundle/lookalike "$tree/usr/lib/lookalike"
mv "$tree/usr/lib/lookalike/share" "$tree/usr/share"
cp "$tree/usr/share/applications/$id.desktop" "$tree/"
cp "$tree/usr/share/icons/hicolor/256x256/apps/$id.png" "$tree/"
# Software centres look for the metainfo under this name in an AppImage.
cp "$tree/usr/share/metainfo/$id.metainfo.xml" "$tree/usr/share/metainfo/$id.appdata.xml"
install -m 755 packaging/appimage/AppRun "$tree/AppRun"
ARCH=$(uname -m) "${APPIMAGETOOL:-appimagetool}" "$tree" "dist/lookalike-$version-linux-$(uname -m).AppImage"
