package layer

import (
	"errors"
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// Type is the layer type of VRRP. gopacket's own, of version 2 alone, is number 99.
var Type = gopacket.RegisterLayerType(3112, gopacket.LayerTypeMetadata{Name: "VRRP", Decoder: gopacket.DecodeFunc(decode)})

// Register makes gopacket.NewPacket take this layer for IP protocol 112, in place of its own, which
// knows version 2 over IPv4 only and checks nothing. It changes a table of gopacket's: call it once,
// before any packet is decoded.
func Register() {
	layers.IPProtocolMetadata[layers.IPProtocolVRRP] = layers.EnumMetadata{
		DecodeWith: gopacket.DecodeFunc(decode), Name: "VRRP", LayerType: Type,
	}
}

// ErrNetwork is returned when the addresses of the packet are not known.
var ErrNetwork = errors.New("the checksum needs the addresses of the network layer")

// VRRP is an advertisement of version 2 or 3.
type VRRP struct {
	layers.BaseLayer
	packet.Header
	Addresses []netip.Addr
	// Src and Dst are those of the network layer: the checksum covers them.
	Src, Dst netip.Addr
}

// SetNetworkLayer takes the addresses from an IPv4 or IPv6 layer. Call it before DecodeFromBytes and
// SerializeTo.
func (v *VRRP) SetNetworkLayer(l gopacket.NetworkLayer) error {
	var ok, ok2 bool
	flow := l.NetworkFlow()
	v.Src, ok = netip.AddrFromSlice(flow.Src().Raw())
	v.Dst, ok2 = netip.AddrFromSlice(flow.Dst().Raw())
	if !ok || !ok2 {
		return ErrNetwork
	}
	return nil
}

// LayerType is Type.
func (v *VRRP) LayerType() gopacket.LayerType { return Type }

// CanDecode is Type.
func (v *VRRP) CanDecode() gopacket.LayerClass { return Type }

// NextLayerType is none: nothing follows an advertisement.
func (v *VRRP) NextLayerType() gopacket.LayerType { return gopacket.LayerTypeZero }

// DecodeFromBytes parses data; the errors are those of packet.Parse. The memory of Addresses is
// used again.
func (v *VRRP) DecodeFromBytes(data []byte, df gopacket.DecodeFeedback) error {
	if !v.Src.IsValid() || !v.Dst.IsValid() {
		return ErrNetwork
	}
	m, err := packet.Parse(data, v.Src, v.Dst)
	if err != nil {
		if err == packet.ErrLength {
			df.SetTruncated()
		}
		return err
	}
	v.Header = m.Header
	v.Addresses = m.AppendAddrs(v.Addresses[:0])
	v.Contents = data[:packet.Len(m.Version, m.IPv6, m.Count())]
	v.Payload = data[len(v.Contents):]
	return nil
}

// SerializeTo writes the advertisement in front of what is in b. Lengths and the checksum are
// always computed.
func (v *VRRP) SerializeTo(b gopacket.SerializeBuffer, _ gopacket.SerializeOptions) error {
	if !v.Src.IsValid() || !v.Dst.IsValid() {
		return ErrNetwork
	}
	count := 0
	for _, a := range v.Addresses {
		if a.Is6() == v.Dst.Is6() && count < 255 {
			count++
		}
	}
	room, err := b.PrependBytes(packet.Len(v.Version, v.Dst.Is6(), count))
	if err != nil {
		return err
	}
	packet.Append(room[:0], &v.Header, v.Addresses, v.Src, v.Dst)
	return nil
}

// decode is for gopacket.NewPacket.
func decode(data []byte, p gopacket.PacketBuilder) error {
	v := &VRRP{}
	builder, ok := p.(gopacket.Packet)
	if !ok || builder.NetworkLayer() == nil {
		return ErrNetwork
	}
	if err := v.SetNetworkLayer(builder.NetworkLayer()); err != nil {
		return err
	}
	if err := v.DecodeFromBytes(data, p); err != nil {
		return err
	}
	p.AddLayer(v)
	return nil
}

// Interface guards.
var (
	_ gopacket.DecodingLayer     = (*VRRP)(nil)
	_ gopacket.SerializableLayer = (*VRRP)(nil)
)
