; Inno Setup 6: the installer for Windows, made in .github/workflows/packages.yml from the folder
; that PyInstaller wrote. iscc /DVersion=0.1.0 /DSource=..\..\build\bundle\lookalike lookalike.iss
#ifndef Version
  #error Give the version: iscc /DVersion=...
#endif

[Setup]
AppId={{5A6F1E52-6F0B-4B61-9C1D-5A0B5E9C7A11}
AppName=Lookalike
AppVersion={#Version}
AppPublisher=The Lookalike authors
DefaultDirName={autopf}\Lookalike
DefaultGroupName=Lookalike
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=lookalike-{#Version}-windows-x64-setup
SetupIconFile=..\..\build\bundle\lookalike.ico
UninstallDisplayIcon={app}\lookalike-window.exe
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
ChangesAssociations=yes
ChangesEnvironment=yes

[Tasks]
Name: "desktop"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "path"; Description: "Put the lookalike command on the PATH"; Flags: unchecked

[Files]
Source: "{#Source}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[InstallDelete]
; Parts of an older version that the new one no longer has.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{group}\Lookalike"; Filename: "{app}\lookalike-window.exe"
Name: "{autodesktop}\Lookalike"; Filename: "{app}\lookalike-window.exe"; Tasks: desktop

[Registry]
; "Open with" for pictures: Lookalike is offered, never made the default.
Root: HKA; Subkey: "Software\Classes\Applications\lookalike-window.exe"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "Lookalike"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\lookalike-window.exe\shell\open\command"; ValueType: string; ValueData: """{app}\lookalike-window.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\Applications\lookalike-window.exe\SupportedTypes"; ValueType: string; ValueName: ".jpg"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\lookalike-window.exe\SupportedTypes"; ValueType: string; ValueName: ".jpeg"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\lookalike-window.exe\SupportedTypes"; ValueType: string; ValueName: ".png"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\lookalike-window.exe\SupportedTypes"; ValueType: string; ValueName: ".webp"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\lookalike-window.exe\SupportedTypes"; ValueType: string; ValueName: ".avif"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\lookalike-window.exe\SupportedTypes"; ValueType: string; ValueName: ".tif"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\lookalike-window.exe\SupportedTypes"; ValueType: string; ValueName: ".tiff"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\lookalike-window.exe\SupportedTypes"; ValueType: string; ValueName: ".gif"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\lookalike-window.exe\SupportedTypes"; ValueType: string; ValueName: ".bmp"; ValueData: ""
; and for folders.
Root: HKA; Subkey: "Software\Classes\Directory\shell\lookalike"; ValueType: string; ValueData: "Open with Lookalike"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Directory\shell\lookalike\command"; ValueType: string; ValueData: """{app}\lookalike-window.exe"" ""%1"""
Root: HKA; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: NotOnPath

[Run]
Filename: "{app}\lookalike.exe"; Parameters: "--version"; Flags: runhidden
Filename: "{app}\lookalike-window.exe"; Description: "{cm:LaunchProgram,Lookalike}"; Flags: nowait postinstall skipifsilent

[Code]
function NotOnPath: Boolean;
var
  Present: string;
begin
  if not RegQueryStringValue(HKA, 'Environment', 'Path', Present) then
    Present := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Present) + ';') = 0;
end;
