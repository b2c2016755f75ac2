# Completion of sonicfg for bash.
_sonicfg() {
    local line=${COMP_LINE:0:COMP_POINT} word gap current=0 i
    local -a words=()
    # Words as blanks part them: bash cuts at colons, equals signs and bars too.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if ((i < COMP_CWORD)); then
            word=${COMP_WORDS[i]}
            gap=${line%%"$word"*}
            line=${line#*"$word"}
        else
            gap=${line%%[![:space:]]*}
            word=${line#"$gap"}
        fi
        if [[ -n $gap ]] || ((i == 0)); then
            current=${#words[@]}
            words+=("$word")
        else
            words[current]+=$word
        fi
    done
    # What bash puts the answer in place of is the end of the word.
    local whole=${words[current]} end=${COMP_WORDS[COMP_CWORD]} quote="" head
    [[ $end =~ ^[:=|]+$ ]] && end=""
    [[ $whole == [\'\"]* ]] && quote=${whole:0:1}
    head=${whole%"$end"}
    [[ $whole == "$head" && -n $end ]] && head=""
    head=${head#[\'\"]}
    head=${head//\\/}
    whole=${whole#[\'\"]}
    # What is typed in quotes, without what quotes in them.
    local single="'" double='"'
    case $quote in
    "$single") whole=${whole//"$single\\$single$single"/"$single"} ;;
    "$double")
        whole=${whole//"$double$single!$single$double"/!}
        whole=${whole//\\/}
        ;;
    *) whole=${whole//\\/} ;;
    esac
    words[current]=$whole
    # A star in a name is no pattern of files.
    local -
    set -f
    local IFS=$'\013' answer bare
    COMPREPLY=()
    answer=$(_CLAP_IFS=$IFS _CLAP_COMPLETE_INDEX=$current SONICFG_COMPLETE=bash \
        sonicfg -- "${words[@]}" 2>/dev/null) || return
    for word in $answer; do
        bare=${word#"$head"} word=$bare
        # Names come from configs: none of their characters may mean anything to the shell.
        case $quote in
        "$single") word=${word//"$single"/"$single\\$single$single"} ;;
        "$double")
            word=${word//\\/\\\\}
            word=${word//"$double"/\\"$double"}
            word=${word//\$/\\\$}
            word=${word//\`/\\\`}
            word=${word//!/"$double$single!$single$double"}
            ;;
        *) printf -v word %q "$word" ;;
        esac
        COMPREPLY+=("$word")
    done
    # A folder, a table or an entry goes on.
    [[ ${#COMPREPLY[@]} -eq 1 && $bare == *[=/:] ]] && compopt -o nospace
    return 0
}
complete -o bashdefault -o nosort -F _sonicfg sonicfg
