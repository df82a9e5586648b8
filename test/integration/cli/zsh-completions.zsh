# Prints what a real, interactive zsh completes a command line to, one word a line.
# usage: zsh -f zsh-completions.zsh <completion script> <empty folder> <command line>
zmodload zsh/zpty
script=$1 folder=$2 commandline=$3

cat > $folder/setup <<SETUP
PROMPT=
autoload -Uz compinit
compinit -u -d $folder/dump
source $script
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
mark() { echo -E - '<<<' }
leave() { echo -E - '>>>'; exit }
compprefuncs=(mark)
comppostfuncs=(leave)
# Completion functions hand their matches to compadd: the ones that fit what was typed are printed.
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
    builtin compadd "\$@"
    return
  fi
  typeset -a hits
  builtin compadd -A hits "\$@"
  print -rl -- \$hits
  return 0
}
zle-line-init() { echo 'line editor is ready' }
zle -N zle-line-init
SETUP

zpty shell zsh -f -i
zpty -w shell "source $folder/setup"
while zpty -r shell line; do [[ $line == *'line editor is ready'* ]] && break; done
zpty -w -n shell "$commandline"$'\t'
inside=0
while zpty -r shell line; do
  line=${line%$'\r\n'}
  case $line in
    *'<<<') inside=1 ;;
    *'>>>'*) break ;;
    *) (( inside )) && [[ -n $line ]] && print -r -- $line ;;
  esac
done
true
