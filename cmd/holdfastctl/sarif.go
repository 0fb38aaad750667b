package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"unicode/utf8"

	"github.com/holdfast-ha/holdfast/parser"
)

// sarifPrinter collects the problems of all files and writes them as one run of SARIF 2.1.0 (OASIS
// Static Analysis Results Interchange Format), which code hosts and editors take.
type sarifPrinter struct {
	w     io.Writer
	run   sarifRun
	rules map[string]int // where the rule of an ID stands
}

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name  string      `json:"name"`
	Rules []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID string `json:"id"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifMessage    `json:"message"`
	Locations []sarifLocation `json:"locations"`
	Related   []sarifLocation `json:"relatedLocations,omitempty"`
}

type sarifMessage struct {
	Text string `json:"text"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
	Message  *sarifMessage `json:"message,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int32         `json:"startLine"`
	StartColumn int32         `json:"startColumn,omitempty"`
	EndColumn   int32         `json:"endColumn,omitempty"`
	Snippet     *sarifMessage `json:"snippet,omitempty"`
}

var sarifLevels = map[parser.Severity]string{parser.Hint: "note", parser.Warning: "warning", parser.Error: "error"}

func (p *sarifPrinter) report(r *report) error {
	for i := range r.problems {
		q := &r.problems[i]
		result := sarifResult{
			RuleID: q.ID, RuleIndex: p.rule(q.ID), Level: sarifLevels[q.Severity], Message: sarifMessage{explanation(q)},
			Locations: []sarifLocation{sarifPlace(q.Pos, q.End, cmp.Or(q.Pos.File, r.File), q.Text)},
		}
		for _, n := range q.Notes {
			place := sarifPlace(n.Pos, 0, n.Pos.File, n.Text)
			place.Message = &sarifMessage{n.Message}
			result.Related = append(result.Related, place)
		}
		p.run.Results = append(p.run.Results, result)
	}
	return nil
}

// rule is the place of an ID among the rules of the run.
func (p *sarifPrinter) rule(id string) int {
	if p.rules == nil {
		p.rules = map[string]int{}
	}
	at, ok := p.rules[id]
	if !ok {
		at = len(p.rules)
		p.rules[id] = at
		p.run.Tool.Driver.Rules = append(p.run.Tool.Driver.Rules, sarifRule{id})
	}
	return at
}

func sarifPlace(at parser.Pos, end int32, file, text string) sarifLocation {
	place := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{fileURI(file)}}}
	if at.Line == 0 {
		return place
	}
	region := &sarifRegion{StartLine: at.Line}
	if at.Col > 0 {
		region.StartColumn = codePoint(text, at.Col)
	}
	if end > at.Col {
		region.EndColumn = codePoint(text, end)
	}
	if text != "" {
		region.Snippet = &sarifMessage{text}
	}
	place.Physical.Region = region
	return place
}

// fileURI is a relative reference for a relative path, a file URI for an absolute one.
func fileURI(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	if filepath.IsAbs(path) {
		u.Scheme = "file"
	}
	return u.String()
}

// codePoint turns a column that counts the bytes of a line into one that counts its characters.
func codePoint(text string, col int32) int32 {
	before := min(int(col)-1, len(text))
	return int32(utf8.RuneCountInString(text[:before])) + col - int32(before)
}

func (p *sarifPrinter) end() error {
	p.run.Tool.Driver.Name, p.run.ColumnKind = "holdfastctl", "unicodeCodePoints"
	if p.run.Results == nil {
		p.run.Results = []sarifResult{}
	}
	if p.run.Tool.Driver.Rules == nil {
		p.run.Tool.Driver.Rules = []sarifRule{}
	}
	e := json.NewEncoder(p.w)
	e.SetIndent("", "  ")
	err := e.Encode(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{p.run}})
	if err != nil {
		return fmt.Errorf("print problems: %w", err)
	}
	return nil
}
