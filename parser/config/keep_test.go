package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/tools/txtar"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
)

// stringsIn calls found for every string within a value, with the way to it.
func stringsIn(v reflect.Value, path string, found func(path, s string)) {
	switch v.Kind() {
	case reflect.String:
		found(path, v.String())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			stringsIn(v.Elem(), path, found)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			stringsIn(v.Index(i), path+"[]", found)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			stringsIn(it.Key(), path+"[key]", found)
			stringsIn(it.Value(), path+"[]", found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			stringsIn(v.Field(i), path+"."+v.Type().Field(i).Name, found)
		}
	}
}

// TestNothingKeepsTheTextOfTheFileAlive looks for strings of the model and of the problems that are
// parts of the text: one of them would keep all of it in memory, as long as the daemon runs.
func TestNothingKeepsTheTextOfTheFileAlive(t *testing.T) {
	texts := map[string]string{"all words.conf": allWords}
	goldens, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(goldens) < 8 {
		t.Fatalf("only %d golden files: %v", len(goldens), err)
	}
	for _, path := range goldens {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			texts[f.Name] = string(f.Data)
		}
	}
	if shared := reference.Dir(t); shared != "" {
		files, err := filepath.Glob(filepath.Join(shared, "corpus", "conf", "*.conf"))
		if err != nil || len(files) < 130 {
			t.Fatalf("only %d files in the corpus: %v", len(files), err)
		}
		for _, path := range files {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			texts[path] = string(data)
		}
	}
	seen := map[string]bool{}
	for name, text := range texts {
		if text == "" {
			continue
		}
		from := uintptr(unsafe.Pointer(unsafe.StringData(text)))
		r := LoadText(name, text, parser.Options{ConfigID: "testhost"}, labHost())
		stringsIn(reflect.ValueOf(r), "", func(path, s string) {
			at := uintptr(unsafe.Pointer(unsafe.StringData(s)))
			if s != "" && at >= from && at < from+uintptr(len(text)) && !seen[path] {
				seen[path] = true
				t.Errorf("%s: %s %q is a part of the text", name, strings.TrimPrefix(path, "."), s)
			}
		})
	}
}

// allWords has every setting of virtual servers that is kept as text.
const allWords = `
track_file F {
 file /tmp/f
}
bfd_instance B {
 neighbor_ip 192.0.2.8
}
vrrp_sync_group VI_1 {
 group {
  VI_2
 }
}
vrrp_instance VI_2 {
 virtual_router_id 1
 interface eth0
 virtual_ipaddress {
  192.0.2.10
 }
}
virtual_server group G {
 lb_algo rr
 lb_kind NAT
 protocol TCP
 persistence_timeout 5
 persistence_engine sip
 virtualhost a.example
 snmp_name name
 quorum_up "/usr/bin/true x" root root
 quorum_down "/usr/bin/true 'y z'" root root
 real_server 192.0.2.1 80 {
  virtualhost b.example
  snmp_name other
  notify_up "/usr/bin/true up" root root
  notify_down /usr/bin/true
  HTTP_GET {
   bindto 192.0.2.2
   bind_if lo
   virtualhost c.example
   http_protocol 1.0C
   url {
    path /a
    digest 0123456789abcdef0123456789abcdef
    virtualhost d.example
   }
   url {
    path "/b c"
    regex "a b"
    regex_options caseless multiline
   }
  }
  SSL_GET {
   enable_sni
   sni_name e.example
   url {
    path /c
    status_code 200
   }
  }
  SMTP_CHECK {
   helo_name f.example
   host {
    connect_ip 192.0.2.3
    bind_if lo
   }
  }
  DNS_CHECK {
   type aaaa
   name g.example
  }
  MISC_CHECK {
   misc_path "/usr/bin/true m"
   user root root
  }
  UDP_CHECK {
   payload 0011
   require_reply 22
  }
  FILE_CHECK {
   track_file F
  }
  BFD_CHECK {
   name B
  }
 }
}
virtual_server_group G {
 192.0.2.9 80
}
virtual_server 192.0.2.10 80 {
 lb_algo rr
 lb_kind TUN type gue port 5000 csum
 protocol TCP
 follow_vrrp VI_1
 real_server 192.0.2.1 80 {
  SMTP_CHECK {
  }
 }
}
`
