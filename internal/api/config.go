package api

// The schemas of what is said of configurations and hosts.
const (
	CheckSchema  = "holdfast/check/1"
	DoctorSchema = "holdfast/doctor/1"
	DiffSchema   = "holdfast/diff/1"
	PlanSchema   = "holdfast/plan/1"
)

// FileReport is what is wrong with a configuration.
type FileReport struct {
	Schema   string    `json:"schema" doc:"holdfast/check/1"`
	File     string    `json:"file" doc:"the configuration file; of a comparison all of them"`
	Errors   int       `json:"errors" doc:"how many of the problems are errors"`
	Warnings int       `json:"warnings" doc:"how many are warnings"`
	Hints    int       `json:"hints" doc:"how many are hints"`
	Test     int       `json:"config_test_status" doc:"the exit status of keepalived -t"`
	Pair     []string  `json:"pair,omitempty" doc:"the files that were compared; left out: it is about one file"`
	Problems []Finding `json:"problems" doc:"in the order of reading"`
}

// HostReport is what is wrong with a host.
type HostReport struct {
	Schema   string    `json:"schema" doc:"holdfast/doctor/1"`
	File     string    `json:"file" doc:"the configuration that the host is for"`
	Errors   int       `json:"errors" doc:"how many of the problems are errors"`
	Warnings int       `json:"warnings" doc:"how many are warnings"`
	Hints    int       `json:"hints" doc:"how many are hints"`
	Problems []Finding `json:"problems" doc:"what is not as it has to be"`
}

// Finding is one problem.
type Finding struct {
	File     string `json:"file,omitempty" doc:"where: the file, which may be an included one"`
	Line     int32  `json:"line,omitempty" doc:"its line, from 1; left out: of the file as a whole"`
	Column   int32  `json:"column,omitempty" doc:"the octet in the line, from 1"`
	End      int32  `json:"end_column,omitempty" doc:"the octet behind the last one of it"`
	Severity string `json:"severity" doc:"error, warning or hint"`
	ID       string `json:"id,omitempty" doc:"of its kind, for holdfastctl explain"`
	Message  string `json:"message" doc:"what is wrong, in words"`
	Instead  string `json:"instead,omitempty" doc:"what happens instead, in words"`
	Cure     string `json:"cure,omitempty" doc:"what to do about it, in words"`
	Text     string `json:"text,omitempty" doc:"the line of the file, whatever stands in it"`
}

// Diff is how two configurations differ in what they mean.
type Diff struct {
	Schema  string   `json:"schema" doc:"holdfast/diff/1"`
	A       string   `json:"a" doc:"the one file"`
	B       string   `json:"b" doc:"the other one"`
	Equal   bool     `json:"equal" doc:"they mean the same"`
	Changes []Change `json:"changes" doc:"from a to b"`
}

// Change is one difference.
type Change struct {
	Kind    string   `json:"kind" doc:"added or removed: the object; changed: a setting of it"`
	Object  []string `json:"object" doc:"the path to the object, the outermost first"`
	Setting string   `json:"setting,omitempty" doc:"the keyword of what has changed"`
	Old     string   `json:"old,omitempty" doc:"its value in a"`
	New     string   `json:"new,omitempty" doc:"its value in b"`
	Secret  bool     `json:"secret,omitempty" doc:"its values are not shown"`
}

// Plan is what a configuration would change in this kernel.
type Plan struct {
	Schema    string   `json:"schema" doc:"holdfast/plan/1"`
	Masters   []string `json:"masters" doc:"the instances that are taken to be MASTER"`
	IPVS      []string `json:"ipvs" doc:"changes of the IPVS table, as for ipvsadm"`
	Links     []string `json:"links" doc:"interfaces to make, as for ip"`
	Addresses []string `json:"addresses" doc:"addresses to put on and take off, as for ip"`
	Routes    []string `json:"routes" doc:"routes to add and delete, as for ip"`
	Rules     []string `json:"rules" doc:"policy rules to add and delete, as for ip"`
	Firewall  []string `json:"firewall" doc:"changes of the nftables tables that are ours, as for nft"`
	LeftAlone []string `json:"left_alone" doc:"services in the kernel that are not of this configuration, and stay"`
	Notes     []string `json:"notes" doc:"what else there is to say, in words"`
}
