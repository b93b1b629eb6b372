/// The only door to data files, mapping included; every fault of a disk can be injected here.
///
/// Read [norikv.disk.Disk], then [norikv.disk.DiskFile]. `FileDisk` is the real one.
package norikv.disk;
