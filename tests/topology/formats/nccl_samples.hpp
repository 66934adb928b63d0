#pragma once

#include <string>

// Descriptions of nodes in NCCL's format, written for the tests.
namespace lockstep::topology {

// Two sockets, each with a PCI switch, a GPU and a NIC with one port; the GPUs also meet in NVSwitches.
inline std::string nccl_two_sockets() {
  return R"(<system version="1">
  <cpu numaid="0" affinity="0000ffff" arch="x86_64" vendor="GenuineIntel" familyid="6" modelid="85">
    <pci busid="0000:10:00.0" class="0x060400" vendor="0x1000" device="0xc010" link_speed="16 GT/s" link_width="16">
      <pci busid="0000:11:00.0" class="0x030200" vendor="0x10de" device="0x20b2" link_speed="16 GT/s" link_width="16">
        <gpu dev="1" sm="80" rank="0" gdr="1">
          <nvlink target="0000:c0:00.0" count="2" tclass="0x068000"/>
          <nvlink target="0000:c1:00.0" count="4" tclass="0x068000"/>
        </gpu>
      </pci>
      <pci busid="0000:12:00.0" class="0x020700" link_speed="8 GT/s" link_width="8">
        <nic>
          <net name="mlx5_0" dev="0" speed="100000" port="1" latency="0.0" guid="0x1" maxconn="131072" gdr="1"/>
        </nic>
      </pci>
    </pci>
  </cpu>
  <cpu numaid="1" affinity="ffff0000" arch="x86_64" vendor="GenuineIntel" familyid="6" modelid="143">
    <pci busid="0000:20:00.0" class="0x060400" link_speed="16 GT/s" link_width="16">
      <pci busid="0000:21:00.0" class="0x030200" link_speed="16 GT/s" link_width="16">
        <gpu dev="0" sm="80" rank="1" gdr="1">
          <nvlink target="0000:c0:00.0" count="6" tclass="0x068000"/>
        </gpu>
      </pci>
      <pci busid="0000:22:00.0" class="0x020700" link_speed="16 GT/s" link_width="16">
        <nic>
          <net name="mlx5_1" dev="1" speed="200000" port="1"/>
        </nic>
      </pci>
    </pci>
  </cpu>
</system>
)";
}

// One socket with GPUs of AMD in a row: 0 - 1 - 2, each a PCI device of its own.
inline std::string nccl_row_of_gpus() {
  return R"(<system version="2">
  <cpu numaid="0" arch="x86_64" vendor="AuthenticAMD" familyid="23" modelid="49">
    <pci busid="0000:01:00.0" class="0x038000" link_speed="16.0 GT/s PCIe" link_width="16">
      <gpu dev="0" sm="104" gcn="910"><xgmi target="0000:02:00.0" count="2" tclass="0x038000"/></gpu>
    </pci>
    <pci busid="0000:02:00.0" class="0x038000" link_speed="16.0 GT/s PCIe" link_width="16">
      <gpu dev="1" sm="104" gcn="910">
        <xgmi target="0000:01:00.0" count="2" tclass="0x038000"/>
        <xgmi target="0000:03:00.0" count="1" tclass="0x038000"/>
      </gpu>
    </pci>
  </cpu>
  <cpu numaid="1" arch="x86_64" vendor="AuthenticAMD" familyid="23" modelid="49">
    <pci busid="0000:03:00.0" class="0x038000" link_speed="16.0 GT/s PCIe" link_width="16">
      <gpu dev="2" sm="104" gcn="910"><xgmi target="0000:02:00.0" count="1" tclass="0x038000"/></gpu>
    </pci>
  </cpu>
</system>
)";
}

}  // namespace lockstep::topology
