# Reads a folder from each line of standard input, and prints the access key that the AWS SDK for .NET gets from its files
# config and credentials for the profile that its file name holds, or "nothing". It prints why on standard error.
param($Sdk)
Add-Type -Path $Sdk
while ($null -ne ($folder = [Console]::In.ReadLine())) {
  $found = 'nothing'
  try {
    $store = [Amazon.Runtime.CredentialManagement.SharedCredentialsFile]::new("$folder/credentials")
    $profile = $null
    if ($store.TryGetProfile([IO.File]::ReadAllText("$folder/name"), [ref]$profile)) {
      $credentials = [Amazon.Runtime.CredentialManagement.AWSCredentialsFactory]::GetAWSCredentials($profile, $store)
      $found = $credentials.GetCredentials().AccessKey
    }
  } catch {
    [Console]::Error.WriteLine("$folder $($_.Exception.InnerException ?? $_.Exception)")
  }
  [Console]::Out.WriteLine($found)
}
