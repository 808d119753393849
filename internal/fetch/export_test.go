package fetch

// HostsFile is hostsFile, for tests.
var HostsFile = hostsFile
