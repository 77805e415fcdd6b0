#!/usr/bin/env bash
# The .dmg from the .app that PyInstaller wrote; signed and notarised where keys are given.
#   MACOS_IDENTITY     "Developer ID Application: ..." in the keychain; without it, unsigned
#   MACOS_NOTARY       a profile kept by `xcrun notarytool store-credentials`
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' desktop/lookalike/__init__.py)
app=build/bundle/Lookalike.app
dmg="dist/lookalike-$version-macos-$(uname -m).dmg"
mkdir -p dist
rm -f "$dmg"

if [ -n "${MACOS_IDENTITY:-}" ]; then
  # From the inside out: every library first, the application last.
  find "$app/Contents" -type f \( -name '*.so' -o -name '*.dylib' \) -print0 |
    xargs -0 codesign --force --timestamp --options runtime --sign "$MACOS_IDENTITY"
  codesign --force --timestamp --options runtime --entitlements packaging/macos/entitlements.plist \
    --sign "$MACOS_IDENTITY" "$app"
  codesign --verify --deep --strict "$app"
else
  echo "No MACOS_IDENTITY: the application is not signed; macOS asks before it opens it."
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$app" "$folder/"
ln -s /Applications "$folder/Applications"
hdiutil create -volname Lookalike -srcfolder "$folder" -format ULFO -ov "$dmg"

if [ -n "${MACOS_IDENTITY:-}" ]; then
  codesign --force --timestamp --sign "$MACOS_IDENTITY" "$dmg"
  if [ -n "${MACOS_NOTARY:-}" ]; then
    xcrun notarytool submit "$dmg" --keychain-profile "$MACOS_NOTARY" --wait
    xcrun stapler staple "$dmg"
  fi
fi
echo "$dmg"
