// Package compare tells how two configurations differ in what they mean: places, comments, spelling,
// defaults written out and the order of objects do not count.
//
// Objects are matched as a reload matches them: instances, groups and scripts by name, virtual servers
// by address, protocol, fwmark or group, real servers by address and port. It walks the model by
// reflection, so that no setting is forgotten; names.go says what keyword a field of the model is.
// The values of passwords and keys are never shown.
package compare
